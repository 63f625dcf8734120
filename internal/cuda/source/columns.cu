// The transpose of codes: latent j occurs in the rows row[ptr[j]:ptr[j+1]], ascending, at
// the entries pos.

// Counts the entries of each latent in count, which starts as zeros.
KERNEL(columns_count)(int *count, const int *idx, int n) {
	for (wide q = (wide)blockIdx.x * blockDim.x + threadIdx.x; q < n; q += (wide)gridDim.x * blockDim.x)
		atomicAdd(&count[idx[q]], 1);
}

// The sum of v over the block's threads up to this one, and in total over all 256.
DEVICE int sum_up_to(int v, int *total) {
	__shared__ int warps[8];
	int lane = threadIdx.x % 32, warp = threadIdx.x / 32, before = 0, all = 0;
	for (int by = 1; by < 32; by *= 2) {
		int other = __shfl_up_sync(ALL, v, by);
		if (lane >= by)
			v += other;
	}
	__syncthreads(); // who called before has read warps
	if (lane == 31)
		warps[warp] = v;
	__syncthreads();
	for (int w = 0; w < 8; w++) {
		if (w < warp)
			before += warps[w];
		all += warps[w];
	}
	*total = all;
	return before + v;
}

// ptr[j+1] = the counts up to that of j, within each block's 1024, whose total is in totals.
KERNEL(columns_ptr)(int *ptr, const int *count, int *totals, int n) {
	int own[4], sum = 0, total, from = blockIdx.x * 1024 + threadIdx.x * 4;
	for (int u = 0; u < 4; u++)
		own[u] = sum += from + u < n ? count[from + u] : 0;
	int before = sum_up_to(sum, &total) - sum;
	for (int u = 0; u < 4; u++)
		if (from + u < n)
			ptr[from + u + 1] = before + own[u];
	if (threadIdx.x == 0)
		totals[blockIdx.x] = total;
}

// Adds to each block's part of ptr the totals before it.
KERNEL(columns_ptr_add)(int *ptr, const int *totals, int n) {
	int sum = 0, before;
	for (int b = threadIdx.x; b < blockIdx.x; b += blockDim.x)
		sum += totals[b];
	sum_up_to(sum, &before);
	for (int u = threadIdx.x; u < 1024 && blockIdx.x * 1024 + u < n; u += blockDim.x)
		ptr[blockIdx.x * 1024 + u + 1] += before;
	if (blockIdx.x == 0 && threadIdx.x == 0)
		ptr[0] = 0;
}

// Writes row and pos, each latent's in any order. It uses up count. A warp has a row.
KERNEL(columns_fill)(int *row, int *pos, int *count, const int *of, const int *ptr, const int *idx, int rows) {
	int i = blockIdx.x * 8 + threadIdx.x / 32;
	if (i >= rows)
		return;
	for (int q = ptr[i] + threadIdx.x % 32; q < ptr[i + 1]; q += 32) {
		int j = idx[q], at = of[j] + atomicSub(&count[j], 1) - 1;
		row[at] = i;
		pos[at] = q;
	}
}

#define SORT_ROWS 16384 // at a time

// row and pos are those of any order, by rows. A warp has a latent: it marks the rows that
// occur, and a row's place is how many marks are before its own.
KERNEL(columns_sort)(int *row, int *pos, const int *any_row, const int *any_pos, const int *ptr, int rows, int cols) {
	__shared__ unsigned marks[8][SORT_ROWS / 32];
	__shared__ unsigned short before[8][SORT_ROWS / 32];
	int lane = threadIdx.x % 32, warp = threadIdx.x / 32, j = blockIdx.x * 8 + warp;
	if (j >= cols)
		return;
	int lo = ptr[j], hi = ptr[j + 1], done = lo;
	for (int first = 0; first < rows && done < hi; first += SORT_ROWS) {
		int words = ((rows - first < SORT_ROWS ? rows - first : SORT_ROWS) + 31) / 32, sum = 0;
		for (int w = lane; w < words; w += 32)
			marks[warp][w] = 0;
		__syncwarp();
		for (int q = lo + lane; q < hi; q += 32) {
			unsigned r = any_row[q] - first;
			if (r < SORT_ROWS)
				atomicOr(&marks[warp][r / 32], 1u << r % 32);
		}
		__syncwarp();
		for (int from = 0; from < words; from += 32) {
			int w = from + lane, n = w < words ? __popc(marks[warp][w]) : 0, up_to = n;
			for (int by = 1; by < 32; by *= 2) {
				int other = __shfl_up_sync(ALL, up_to, by);
				if (lane >= by)
					up_to += other;
			}
			if (w < words)
				before[warp][w] = sum + up_to - n;
			sum += __shfl_sync(ALL, up_to, 31);
		}
		__syncwarp();
		for (int q = lo + lane; q < hi; q += 32) {
			unsigned r = any_row[q] - first;
			if (r < SORT_ROWS) {
				int at = done + before[warp][r / 32] + __popc(marks[warp][r / 32] & ((1u << r % 32) - 1));
				row[at] = first + r;
				pos[at] = any_pos[q];
			}
		}
		__syncwarp();
		done += sum;
	}
}

// out = the sums of each latent's values, times scale, which may be 0. A warp has a latent.
KERNEL(columns_sum)(float *out, const float *val, const int *ptr, const int *pos, const float *scale, int cols) {
	int j = blockIdx.x * 8 + threadIdx.x / 32;
	if (j >= cols)
		return;
	double s = 0;
	for (int q = ptr[j] + threadIdx.x % 32; q < ptr[j + 1]; q += 32)
		s += val[pos[q]];
	s = warp_sum(s);
	if (threadIdx.x % 32 == 0)
		out[j] = scale ? (float)s * scale[j] : (float)s;
}
