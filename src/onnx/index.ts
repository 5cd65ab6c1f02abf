// Policies for other runtimes: ONNX models.

export { exportOnnx, onnxModel, type ExportOnnxOptions } from "./policy.ts";
export { type DataType, type OnnxModel, type OnnxValue } from "./model.ts";
