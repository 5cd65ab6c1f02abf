// One PPO minibatch update by hand in C, on one thread: how fast the processor can be, not how fast a library is.
//
//   gcc -O3 -march=native -ffast-math -Wno-psabi ppo_update.c -o update -lm && ./update FOLDER BATCH SECONDS
//
// -DHIDDEN=256 for other sizes of the hidden layers (a multiple of 64). Reads FOLDER/data.bin, whose layout bench/lib/update-data.mjs describes, and prints one JSON line, as
// bench/lib/timing.mjs does. Vectors are as wide as the processor's: 8 floats with AVX2, 16 with AVX-512.
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifndef HIDDEN
#define HIDDEN 64
#endif
#ifdef __AVX512F__
enum { LANES = 16, TILE_VECTORS = 4 };
#else
enum { LANES = 8, TILE_VECTORS = 2 };
#endif
// A tile's sums fill most registers: 6 × 4 of 32, or 6 × 2 of 16. A chunk's activations fit the second-level cache.
enum { INPUTS = 4, TILE_ROWS = 6, CHUNK = 96, BATCHES = 8, COLUMNS = INPUTS + 5 };
typedef float vec __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int ivec __attribute__((vector_size(4 * LANES)));
#define inlined static inline __attribute__((always_inline))

typedef struct {
  float w0[INPUTS * HIDDEN], b0[HIDDEN], w1[HIDDEN * HIDDEN], b1[HIDDEN], w2[HIDDEN * 2], b2[2]; // w2: (outputs, HIDDEN)
} Network;
enum { SIZE = 2 * sizeof(Network) / sizeof(float) };

static Network parameters[2], gradients[2], means[2], squares[2]; // actor, critic
static float *observations, *actions, *old_log_probs, *advantages, *returns, *old_values;
static float h0[CHUNK * HIDDEN], h1[CHUNK * HIDDEN], d0[CHUNK * HIDDEN], d1[CHUNK * HIDDEN];
static float w1_transposed[HIDDEN * HIDDEN], outputs[2 * CHUNK], d_outputs[2 * CHUNK]; // outputs: (2, CHUNK)

inlined vec load(const float *p) { return *(const vec *)p; }
inlined void store(float *p, vec v) { *(vec *)p = v; }
inlined float sum(vec v) {
  float s = 0;
  for (int i = 0; i < LANES; i++) s += v[i];
  return s;
}

/** 1 − 2 / (exp(2x) + 1), with exp as a power of two times its Taylor series. */
inlined vec tanh_of(vec x) {
  for (int i = 0; i < LANES; i++) x[i] = x[i] > 9 ? 9 : x[i] < -9 ? -9 : x[i];
  vec t = x * 2.88539008f; // 2x / ln 2
  ivec n = __builtin_convertvector(t + 64.5f, ivec) - 64;
  vec y = (t - __builtin_convertvector(n, vec)) * 0.693147181f;
  vec e = 1 + y * (1 + y * (1 / 2.0f + y * (1 / 6.0f + y * (1 / 24.0f + y * (1 / 120.0f + y * (1 / 720.0f))))));
  ivec power = (n + 127) << 23;
  return 1 - 2 / (e * (vec)power + 1);
}

/** c (rows, TILE_VECTORS) = start + Σₖ a[row, k] · b[k], rows of b and c being HIDDEN apart; a may be read transposed. */
inlined void tile(int rows, const float *a, int row_stride, int k_stride, const float *b, int depth, const float *start, int start_stride, float *c) {
  vec s[TILE_ROWS][TILE_VECTORS];
#pragma GCC unroll 6
  for (int r = 0; r < rows; r++)
    for (int j = 0; j < TILE_VECTORS; j++) s[r][j] = start ? load(start + r * start_stride + j * LANES) : (vec){};
  for (int k = 0; k < depth; k++) {
    vec column[TILE_VECTORS];
    for (int j = 0; j < TILE_VECTORS; j++) column[j] = load(b + k * HIDDEN + j * LANES);
#pragma GCC unroll 6
    for (int r = 0; r < rows; r++) {
      float factor = a[r * row_stride + k * k_stride];
      for (int j = 0; j < TILE_VECTORS; j++) s[r][j] += factor * column[j];
    }
  }
#pragma GCC unroll 6
  for (int r = 0; r < rows; r++)
    for (int j = 0; j < TILE_VECTORS; j++) store(c + r * HIDDEN + j * LANES, s[r][j]);
}

/** c (rows, HIDDEN) = start + a · b, in tiles; `start` is a row (stride 0), c itself (stride HIDDEN) or null. */
static void product(int rows, const float *a, int row_stride, int k_stride, const float *b, int depth, const float *start, int start_stride, float *c) {
  for (int j = 0; j < HIDDEN; j += TILE_VECTORS * LANES)
    for (int r = 0; r < rows; r += TILE_ROWS) {
      const float *from = start ? start + r * start_stride + j : 0;
#define TILE(n) case n: tile(n, a + r * row_stride, row_stride, k_stride, b + j, depth, from, start_stride, c + r * HIDDEN + j); break;
      switch (rows - r < TILE_ROWS ? rows - r : TILE_ROWS) { TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6) }
#undef TILE
    }
}

static void apply_tanh(float *x, int n) {
  for (int i = 0; i < n; i += LANES) store(x + i, tanh_of(load(x + i)));
}

/** d · (1 − h²) in place. */
static void through_tanh(float *d, const float *h, int n) {
  for (int i = 0; i < n; i += LANES) {
    vec y = load(h + i);
    store(d + i, load(d + i) * (1 - y * y));
  }
}

static void add_rows(const float *d, int n, float *bias) {
  for (int j = 0; j < HIDDEN; j += LANES) {
    vec s = load(bias + j);
    for (int r = 0; r < n; r++) s += load(d + r * HIDDEN + j);
    store(bias + j, s);
  }
}

static void forward(const Network *p, int width, const float *x, int n) {
  product(n, x, INPUTS, 1, p->w0, INPUTS, p->b0, 0, h0);
  apply_tanh(h0, n * HIDDEN);
  product(n, h0, HIDDEN, 1, p->w1, HIDDEN, p->b1, 0, h1);
  apply_tanh(h1, n * HIDDEN);
  for (int c = 0; c < width; c++)
    for (int r = 0; r < n; r++) {
      vec s = {};
      for (int k = 0; k < HIDDEN; k += LANES) s += load(h1 + r * HIDDEN + k) * load(p->w2 + c * HIDDEN + k);
      outputs[c * CHUNK + r] = p->b2[c] + sum(s);
    }
}

/** Adds the chunk's gradients to g; w1_transposed is of p. */
static void backward(const Network *p, Network *g, int width, const float *x, int n) {
  memset(d1, 0, n * HIDDEN * sizeof(float));
  for (int c = 0; c < width; c++)
    for (int k = 0; k < HIDDEN; k += LANES) {
      vec w = load(p->w2 + c * HIDDEN + k), s = load(g->w2 + c * HIDDEN + k);
      for (int r = 0; r < n; r++) {
        float d = d_outputs[c * CHUNK + r];
        s += d * load(h1 + r * HIDDEN + k);
        store(d1 + r * HIDDEN + k, load(d1 + r * HIDDEN + k) + d * w);
      }
      store(g->w2 + c * HIDDEN + k, s);
    }
  for (int c = 0; c < width; c++)
    for (int r = 0; r < n; r++) g->b2[c] += d_outputs[c * CHUNK + r];
  through_tanh(d1, h1, n * HIDDEN);
  add_rows(d1, n, g->b1);
  product(HIDDEN, h0, 1, HIDDEN, d1, n, g->w1, HIDDEN, g->w1);
  product(n, d1, HIDDEN, 1, w1_transposed, HIDDEN, 0, 0, d0);
  through_tanh(d0, h0, n * HIDDEN);
  add_rows(d0, n, g->b0);
  product(INPUTS, x, 1, INPUTS, d0, n, g->w0, HIDDEN, g->w0);
}

static void transpose(const float *w) {
  for (int k = 0; k < HIDDEN; k++)
    for (int j = 0; j < HIDDEN; j++) w1_transposed[j * HIDDEN + k] = w[k * HIDDEN + j];
}

static inline float clamp(float x, float low, float high) { return x < low ? low : x > high ? high : x; }

/** The clipped surrogate and the entropy of two actions, from outputs to d_outputs; the sum of the loss over the rows. */
static float policy_loss(int from, int n, int batch) {
  float loss = 0, *z0 = outputs, *z1 = outputs + CHUNK, *dz0 = d_outputs, *dz1 = d_outputs + CHUNK;
  for (int r = 0; r < n; r++) {
    int i = from + r;
    float most = fmaxf(z0[r], z1[r]), e0 = expf(z0[r] - most), e1 = expf(z1[r] - most), log_sum = logf(e0 + e1) + most;
    float log0 = z0[r] - log_sum, log1 = z1[r] - log_sum, p0 = e0 / (e0 + e1), p1 = 1 - p0, taken = actions[i];
    float ratio = expf(taken * log1 + (1 - taken) * log0 - old_log_probs[i]), advantage = advantages[i];
    float free = ratio * advantage, clipped = clamp(ratio, 0.8f, 1.2f) * advantage, entropy = -p0 * log0 - p1 * log1;
    float d_log_prob = free <= clipped ? -free : 0;
    dz0[r] = (d_log_prob * (1 - taken - p0) + 0.01f * p0 * (log0 + entropy)) / batch;
    dz1[r] = (d_log_prob * (taken - p1) + 0.01f * p1 * (log1 + entropy)) / batch;
    loss -= fminf(free, clipped) + 0.01f * entropy;
  }
  return loss;
}

/** Half the clipped squared error of values, times 0.5. */
static float value_loss(int from, int n, int batch) {
  float loss = 0;
  for (int r = 0; r < n; r++) {
    int i = from + r;
    float error = outputs[r] - returns[i], change = outputs[r] - old_values[i];
    float clipped = old_values[i] + clamp(change, -0.2f, 0.2f) - returns[i];
    int is_free = fabsf(change) <= 0.2f || error * error >= clipped * clipped;
    d_outputs[r] = is_free ? 0.5f * error / batch : 0;
    loss += 0.25f * fmaxf(error * error, clipped * clipped);
  }
  return loss;
}

static void adam(float scale) {
  static int steps = 0;
  steps++;
  float *p = (float *)parameters, *g = (float *)gradients, *m = (float *)means, *v = (float *)squares;
  float rate = 2.5e-4f / (1 - powf(0.9f, steps)), correction = 1 / (1 - powf(0.999f, steps));
  for (int i = 0; i < SIZE; i++) {
    float x = g[i] * scale;
    m[i] = 0.9f * m[i] + 0.1f * x;
    v[i] = 0.999f * v[i] + 0.001f * x * x;
    p[i] -= rate * m[i] / (sqrtf(v[i] * correction) + 1e-5f);
  }
}

/** One update on minibatch i, of rows i · batch and on; loss and gradient norm are those before the step. */
static void update(int i, int batch, float *loss, float *norm) {
  *loss = 0;
  memset(gradients, 0, sizeof gradients);
  for (int net = 0; net < 2; net++) {
    transpose(parameters[net].w1);
    for (int start = 0; start < batch; start += CHUNK) {
      int n = batch - start < CHUNK ? batch - start : CHUNK, from = i * batch + start, width = net == 0 ? 2 : 1;
      const float *x = observations + from * INPUTS;
      forward(&parameters[net], width, x, n);
      *loss += (net == 0 ? policy_loss : value_loss)(from, n, batch) / batch;
      backward(&parameters[net], &gradients[net], width, x, n);
    }
  }
  float total = 0, *g = (float *)gradients;
  for (int k = 0; k < SIZE; k++) total += g[k] * g[k];
  *norm = sqrtf(total);
  adam(*norm > 0.5f ? 0.5f / *norm : 1);
}

static double milliseconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec * 1e-6;
}

static void read_data(const char *folder) {
  char path[4096];
  snprintf(path, sizeof path, "%s/data.bin", folder);
  FILE *file = fopen(path, "rb");
  if (!file) {
    fprintf(stderr, "Error: cannot read %s\n", path);
    exit(1);
  }
  fseek(file, 0, SEEK_END);
  long rows = (ftell(file) / (long)sizeof(float) - (SIZE - HIDDEN - 1)) / COLUMNS, count = 0; // the critic has one output
  rewind(file);
#define READ(target, n) count += fread(target, sizeof(float), n, file)
  for (int net = 0; net < 2; net++) {
    int width = net == 0 ? 2 : 1;
    float w2[HIDDEN * 2]; // (HIDDEN, width)
    Network *p = &parameters[net];
    READ(p->w0, INPUTS * HIDDEN), READ(p->b0, HIDDEN), READ(p->w1, HIDDEN * HIDDEN), READ(p->b1, HIDDEN);
    READ(w2, HIDDEN * width), READ(p->b2, width);
    for (int k = 0; k < HIDDEN; k++)
      for (int c = 0; c < width; c++) p->w2[c * HIDDEN + k] = w2[k * width + c];
  }
  float **columns[] = {&observations, &actions, &old_log_probs, &advantages, &returns, &old_values};
  for (int c = 0; c < 6; c++) {
    int width = c == 0 ? INPUTS : 1;
    *columns[c] = malloc(rows * width * sizeof(float));
    READ(*columns[c], rows * width);
  }
  fclose(file);
  if (rows < BATCHES || rows % BATCHES || count != SIZE - HIDDEN - 1 + rows * COLUMNS) {
    fprintf(stderr, "Error: %s does not hold two networks %d-%d-%d and eight minibatches\n", path, INPUTS, HIDDEN, HIDDEN);
    exit(1);
  }
}

static int ascending(const void *a, const void *b) { return (*(double *)a > *(double *)b) - (*(double *)a < *(double *)b); }

int main(int argc, char **argv) {
  if (argc < 4) return fprintf(stderr, "Error: give FOLDER BATCH SECONDS\n"), 1;
  read_data(argv[1]);
  int batch = atoi(argv[2]), next = 0, updates = 1, count = 0;
  double seconds = atof(argv[3]), *times = malloc(sizeof(double) * (100 + (int)(seconds * 1000)));
  float loss, norm, checks[2][2];
  for (int i = 0; i <= 10; i++) {
    update(i % BATCHES, batch, &loss, &norm);
    if (i % 10 == 0) checks[i / 10][0] = loss, checks[i / 10][1] = norm;
  }
  // Blocks of at least 10 ms; the result is the median block.
  for (double until = milliseconds() + 1e3 * seconds; milliseconds() < until;) {
    double start = milliseconds(), wall;
    for (int k = 0; k < updates; k++) update(next++ % BATCHES, batch, &loss, &norm);
    wall = milliseconds() - start;
    if (wall < 10) updates *= 2;
    else times[count++] = wall / updates;
  }
  qsort(times, count, sizeof(double), ascending);
  printf("{\"peer\": \"c\", \"batch\": %d, \"ms\": %.5f, \"best\": %.5f, \"check\": [", batch, times[count / 2], times[0]);
  for (int i = 0; i < 2; i++) printf("%s{\"loss\": %.9g, \"gradientNorm\": %.9g}", i ? ", " : "", checks[i][0], checks[i][1]);
  printf("], \"note\": \"gcc %s, vectors of %d floats\"}\n", __VERSION__, LANES);
}
