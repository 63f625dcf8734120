// Rows, (…, d), each for itself: norms, and what is undone behind them.

// out = the norms of w's rows; a warp has one.
KERNEL(row_norms)(float *out, const float *w, int n, int d) {
	int j = blockIdx.x * 8 + threadIdx.x / 32;
	if (j >= n)
		return;
	double s = 0;
	for (int k = threadIdx.x % 32; k < d; k += 32) {
		double v = w[(wide)j * d + k];
		s += v * v;
	}
	s = warp_sum(s);
	if (threadIdx.x % 32 == 0)
		out[j] = (float)sqrt(s);
}

// g += gNorm/norm · w in each row; a block has one.
KERNEL(row_norms_grad)(float *g, const float *w, const float *norms, const float *g_norm, int d) {
	int j = blockIdx.x;
	if (!(norms[j] > 0) || g_norm[j] == 0)
		return;
	float f = g_norm[j] / norms[j];
	for (int k = threadIdx.x; k < d; k += blockDim.x)
		g[(wide)j * d + k] += f * w[(wide)j * d + k];
}

// See kernels.LayerNorm. A block has a row.
KERNEL(layer_norm)(float *out, const float *x, float *means, float *scales, int d, double eps) {
	wide row = (wide)blockIdx.x * d;
	double s = 0, squares = 0;
	for (int k = threadIdx.x; k < d; k += blockDim.x)
		s += x[row + k];
	double mean = block_sum(s) / d;
	for (int k = threadIdx.x; k < d; k += blockDim.x) {
		double v = x[row + k] - mean;
		squares += v * v;
	}
	double std = sqrt(block_sum(squares) / (d > 1 ? d - 1 : 1)), f = 1 / (std + eps);
	for (int k = threadIdx.x; k < d; k += blockDim.x)
		out[row + k] = (float)((x[row + k] - mean) * f);
	if (threadIdx.x == 0) {
		means[blockIdx.x] = (float)mean;
		scales[blockIdx.x] = (float)std;
	}
}

// See kernels.ConstantNorm. A block has a row.
KERNEL(constant_norm)(float *out, const float *x, float *scales, int d) {
	wide row = (wide)blockIdx.x * d;
	double s = 0;
	for (int k = threadIdx.x; k < d; k += blockDim.x) {
		double v = x[row + k];
		s += v * v;
	}
	double norm = sqrt(block_sum(s) / d);
	if (norm == 0)
		norm = 1;
	double f = 1 / norm;
	for (int k = threadIdx.x; k < d; k += blockDim.x)
		out[row + k] = (float)(x[row + k] * f);
	if (threadIdx.x == 0)
		scales[blockIdx.x] = (float)norm;
}

// out = x·scale + mean in each row, of which n share scales and means in turn; means may
// be 0. A block has a row.
KERNEL(shift_rows)(float *out, const float *x, const float *scales, const float *means, int n, int d) {
	int i = blockIdx.x % n;
	wide row = (wide)blockIdx.x * d;
	float f = scales[i], shift = means ? means[i] : 0;
	for (int k = threadIdx.x; k < d; k += blockDim.x)
		out[row + k] = x[row + k] * f + shift;
}
