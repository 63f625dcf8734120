// All kernels and the types of their arguments, which kernels.c compares with the sources.

#define KERNELS(K) \
	KERNELS_COLUMNS(K) \
	KERNELS_DENSE(K) \
	KERNELS_ENCODE(K) \
	KERNELS_GATE(K) \
	KERNELS_GATHER(K) \
	KERNELS_JUMP(K) \
	KERNELS_PENALTY(K) \
	KERNELS_ROWS(K) \
	KERNELS_SUMS(K) \
	KERNELS_VECTORS(K)

#define KERNELS_COLUMNS(K) \
	K(columns_count, int *, const int *, int) \
	K(columns_ptr, int *, const int *, int *, int) \
	K(columns_ptr_add, int *, const int *, int) \
	K(columns_fill, int *, int *, int *, const int *, const int *, const int *, int) \
	K(columns_sort, int *, int *, const int *, const int *, const int *, int, int) \
	K(columns_sum, float *, const float *, const int *, const int *, const float *, int)

#define KERNELS_DENSE(K) \
	K(dense_spread, float *, const int *, const int *, const float *, const float *, const float *, int) \
	K(dense_pick, float *, const int *, const int *, const float *, const float *, int) \
	K(dense_repeat, float *, const float *, int)
#define KERNELS_ENCODE(K) \
	K(encode_ptr, int *, const int *, int) \
	K(encode_batch_tally, const float *, const float *, const float *, int, int, int, int, const struct encode_search *, const struct encode_place_of *, int, unsigned *) \
	K(encode_batch_choose, struct encode_search *, unsigned *, int, int, int) \
	K(encode_batch_list, const float *, const float *, const float *, int, struct encode_search *, struct encode_place_of *, int, int *) \
	K(encode_batch_count, const float *, const float *, const float *, int, const struct encode_search *, const struct encode_place_of *, int, int *, int *) \
	K(encode_batch_share, const struct encode_search *, const int *, const int *, int, unsigned *, unsigned *, int *) \
	K(encode_top, const float *, const float *, const float *, const float *, float, float, int, int, int, const float *, int *, float *, unsigned *, unsigned *, int *, float *) \
	K(encode_floor, float *, const float *, int) \
	K(encode_count, const float *, const float *, const float *, const float *, float, float, int, int, int *) \
	K(encode_fill, const float *, const float *, const float *, const float *, float, float, int, int, const unsigned *, const unsigned *, int, const int *, const float *, const int *, int *, float *) \
	K(encode_gather_rows, float *, const float *, const int *, int) \
	K(encode_gather, float *, const float *, const int *, int) \
	K(encode_rename, int *, const int *, int) \
	K(encode_least, const float *, int, unsigned *) \
	K(encode_least_all, const unsigned *, int, float *)

#define KERNELS_GATE(K) \
	K(gate_scale, float *, const float *, int) \
	K(gate_ptr, int *, const int *, int, int) \
	K(gate, float *, const float *, const int *, const float *, const float *, const float *, int, int, int) \
	K(gate_codes_grad, float *, const float *, const float *, const int *, const float *, int, int, int) \
	K(gate_vectors_grad, float *, float *, float *, const float *, const float *, const float *, const int *, const int *, const float *, int, int)

#define KERNELS_GATHER(K) \
	K(decode, float *, const int *, const int *, const float *, const float *, const float *, const float *, \
		const float *, float *, float, double *, int, int, int) \
	K(decode_levels, float *, float *, const int *, const int *, const float *, \
		const float *, const float *, const float *, const float *, const float *, const float *, \
		const int *, int, int, float, double *, int, int, int, int) \
	K(row_grad, float *, const int *, const int *, const int *, const float *, const float *, \
		const float *, const float *, int, int, int, int, int) \
	K(code_grad, float *, const int *, const int *, const float *, const float *, const float *, \
		const int *, int, int, int, int)

#define KERNELS_JUMP(K) \
	K(jump, float *, const float *, const int *, const float *, int, int) \
	K(jump_grad, float *, const float *, const float *, const int *, const float *, float, int, int, int) \
	K(jump_threshold_grad, float *, const float *, const float *, const int *, const int *, const float *, float, int)

#define KERNELS_PENALTY(K) \
	K(penalty_l1, double *, const int *, const int *, const float *, const float *, int, int, float *, float *) \
	K(penalty_lp, double *, const int *, const int *, const float *, const float *, int, int, double, float *, float *) \
	K(penalty_tanh, double *, const int *, const int *, const float *, const float *, int, int, float, float *, float *) \
	K(penalty_l0, double *, const int *, const int *, const float *, const float *, int, int, float, double, float *, float *) \
	K(penalty_add, float *, const float *, const float *, float, const int *, int, int, int) \
	K(penalty_sum, float *, const float *, double, const int *, const int *, const int *, int, int)

#define KERNELS_ROWS(K) \
	K(row_norms, float *, const float *, int, int) \
	K(row_norms_grad, float *, const float *, const float *, const float *, int) \
	K(layer_norm, float *, const float *, float *, float *, int, double) \
	K(constant_norm, float *, const float *, float *, int) \
	K(shift_rows, float *, const float *, const float *, const float *, int, int)

#define KERNELS_SUMS(K) \
	K(squares, double *, const float *, const float *, int) \
	K(sum_parts, double *, const double *, int) \
	K(column_parts, double *, const float *, const float *, int, int, int, int) \
	K(column_sums, float *, const double *, double, int, int)

#define KERNELS_VECTORS(K) \
	K(center, float *, const float *, const float *, int, int) \
	K(difference, float *, const float *, const float *, float, int) \
	K(add, float *, const float *, int) \
	K(scale, float *, const float *, float, int) \
	K(adam, float *, const float *, float *, float *, float, float, float, float, float, float, float, int)
