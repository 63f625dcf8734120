// Penalties on codes: internal/kernels/penalty.go and jump.go say what they are. A warp has
// a row, of rows from first on; parts has the penalty of each.

KERNEL(penalty_l1)(double *parts, const int *ptr, const int *idx, const float *val, const float *norms,
	int first, int rows, float *by_code, float *by_norm) {
	int i = blockIdx.x * 8 + threadIdx.x / 32, lane = threadIdx.x % 32;
	if (i >= rows)
		return;
	double sum = 0;
	for (int q = ptr[first + i] + lane; q < ptr[first + i + 1]; q += 32) {
		float v = val[q], n = norms[idx[q]];
		by_code[q] = n;
		by_norm[q] = v;
		sum += (double)v * n;
	}
	sum = warp_sum(sum);
	if (lane == 0)
		parts[i] = sum;
}

KERNEL(penalty_lp)(double *parts, const int *ptr, const int *idx, const float *val, const float *norms,
	int first, int rows, double p, float *by_code, float *by_norm) {
	int i = blockIdx.x * 8 + threadIdx.x / 32, lane = threadIdx.x % 32;
	if (i >= rows)
		return;
	int from = ptr[first + i] + lane, to = ptr[first + i + 1];
	double sum = 0;
	for (int q = from; q < to; q += 32)
		sum += pow((double)(val[q] * norms[idx[q]]), p);
	double norm = pow(warp_sum(sum), 1 / p);
	for (int q = from; q < to; q += 32) {
		double v = val[q], n = norms[idx[q]], d = norm > 0 ? pow(v * n / norm, p - 1) : 0;
		by_code[q] = (float)(d * n);
		by_norm[q] = (float)(d * v);
	}
	if (lane == 0)
		parts[i] = norm;
}

KERNEL(penalty_tanh)(double *parts, const int *ptr, const int *idx, const float *val, const float *norms,
	int first, int rows, float scale, float *by_code, float *by_norm) {
	int i = blockIdx.x * 8 + threadIdx.x / 32, lane = threadIdx.x % 32;
	if (i >= rows)
		return;
	double sum = 0;
	for (int q = ptr[first + i] + lane; q < ptr[first + i + 1]; q += 32) {
		float v = val[q], n = norms[idx[q]];
		double t = tanh((double)(scale * v * n));
		float d = scale * (float)(1 - t * t);
		by_code[q] = d * n;
		by_norm[q] = d * v;
		sum += t;
	}
	sum = warp_sum(sum);
	if (lane == 0)
		parts[i] = sum;
}

// Where target is 0 the number of entries above the threshold, else its distance from
// target. by_code may be 0.
KERNEL(penalty_l0)(double *parts, const int *ptr, const int *idx, const float *val, const float *threshold,
	int first, int rows, float width, double target, float *by_code, float *by_threshold) {
	int i = blockIdx.x * 8 + threadIdx.x / 32, lane = threadIdx.x % 32;
	if (i >= rows)
		return;
	int from = ptr[first + i] + lane, to = ptr[first + i + 1];
	double active = 0;
	for (int q = from; q < to; q += 32)
		active += val[q] > threshold[idx[q]];
	active = warp_sum(active);
	double off = active - target, slope = target != 0 ? 4 / target * off : 1;
	for (int q = from; q < to; q += 32) {
		float d = (float)slope / width * jump_inside(val[q], threshold[idx[q]], width);
		by_threshold[q] = -d;
		if (by_code)
			by_code[q] = d;
	}
	if (lane == 0)
		parts[i] = target != 0 ? 2 / target * off * off : active;
}

// out = val + f·v at the entries [lo, hi) that are in rows from first on, else val.
KERNEL(penalty_add)(float *out, const float *val, const float *v, float f, const int *ptr, int first, int lo, int hi) {
	int from = ptr[first];
	for (wide q = lo + (wide)blockIdx.x * blockDim.x + threadIdx.x; q < hi; q += (wide)gridDim.x * blockDim.x)
		out[q] = q < from ? val[q] : val[q] + f * v[q];
}

// out = f times the sum of v over the entries pos of a latent, which a warp has, that are in
// rows from first on.
KERNEL(penalty_sum)(float *out, const float *v, double f, const int *ptr, const int *row, const int *pos, int first, int cols) {
	int j = blockIdx.x * 8 + threadIdx.x / 32;
	if (j >= cols)
		return;
	double s = 0;
	for (int p = ptr[j] + threadIdx.x % 32; p < ptr[j + 1]; p += 32)
		if (row[p] >= first)
			s += v[pos[p]];
	s = warp_sum(s);
	if (threadIdx.x % 32 == 0)
		out[j] = (float)(f * s);
}
