// A driver of a few lines with one card, the processor, so that the way to the driver and
// back is tested on any machine. The environment says what it is like.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INVALID_VALUE = 1, OUT_OF_MEMORY = 2, NO_CONTEXT = 201, INVALID_IMAGE = 200, NOT_FOUND = 500, ILLEGAL_ADDRESS = 700 };

static int broken;              // the first error, which stays
static _Thread_local int current; // whether the context is, on this thread
static char context, stream, module, pinned_mark;

static int knob(const char *name, int otherwise) { const char *v = getenv(name); return v ? atoi(v) : otherwise; }

int cuInit(unsigned flags) { return knob("FAKE_INIT", 0); }
int cuDriverGetVersion(int *v) { *v = knob("FAKE_VERSION", 13000); return 0; }
int cuGetExportTable(const void **table, const void *id) { return NOT_FOUND; } // NVRTC asks for one
int cuDeviceGetCount(int *n) { *n = knob("FAKE_CARDS", 1); return 0; }
int cuDeviceGet(int *d, int ordinal) { *d = ordinal; return 0; }
int cuDeviceGetName(char *name, int n, int d) { snprintf(name, n, "Processor"); return 0; }
int cuGetErrorName(int e, const char **name) { *name = e == ILLEGAL_ADDRESS ? "CUDA_ERROR_ILLEGAL_ADDRESS" : "CUDA_ERROR_OF_TEST"; return 0; }
int cuGetErrorString(int e, const char **words) { *words = "words"; return 0; }

int cuDeviceGetAttribute(int *v, int a, int d) {
	switch (a) {
	case 75: *v = knob("FAKE_CAPABILITY", 90) / 10; break;
	case 76: *v = knob("FAKE_CAPABILITY", 90) % 10; break;
	case 83: *v = 1; break;                        // managed memory
	case 89: *v = knob("FAKE_CONCURRENT", 1); break; // that both may use
	default: return INVALID_VALUE;
	}
	return 0;
}

int cuDevicePrimaryCtxRetain(void **c, int d) { *c = &context; return 0; }
int cuDevicePrimaryCtxRelease_v2(int d) { return 0; }
int cuCtxSetCurrent(void *c) { current = c == &context; return 0; }

// What each call wants: the context on its thread, and no error before.
#define READY() do { if (!current) return NO_CONTEXT; if (broken) return broken; } while (0)

int cuStreamCreate(void **s, unsigned flags) { READY(); *s = &stream; return 0; }
int cuStreamSynchronize(void *s) { READY(); return s == &stream ? 0 : INVALID_VALUE; }
int cuStreamDestroy_v2(void *s) { READY(); return s == &stream ? 0 : INVALID_VALUE; }
int cuModuleUnload(void *m) { READY(); return 0; }
int cuModuleLoadData(void **m, const void *image) {
	READY();
	*m = &module;
	return memcmp(image, "\177ELF", 4) ? INVALID_IMAGE : 0;
}

static size_t used;
static size_t room(void) { return (size_t)knob("FAKE_MIB", 1024) << 20; }

// Allocations have their size in the 256 bytes before them, and what they are.
struct head { size_t size; const void *mark; };

static int allocate(void **p, size_t bytes, const void *mark) {
	READY();
	if (bytes == 0) return INVALID_VALUE;
	if (used + bytes > room()) return OUT_OF_MEMORY;
	struct head *h = aligned_alloc(256, 256 + (bytes + 255) / 256 * 256);
	h->size = bytes, h->mark = mark;
	*p = (char *)h + 256;
	memset(*p, 0xff, bytes);
	used += bytes;
	return 0;
}

static int give_back(void *p, const void *mark) {
	READY();
	struct head *h = (struct head *)((char *)p - 256);
	if (h->mark != mark) return INVALID_VALUE;
	used -= h->size;
	h->mark = 0;
	free(h);
	return 0;
}

int cuMemGetInfo_v2(size_t *left, size_t *total) { READY(); *left = room() - used, *total = room(); return 0; }
int cuMemAllocManaged(void **p, size_t bytes, unsigned flags) { return flags == 1 ? allocate(p, bytes, &module) : INVALID_VALUE; }
int cuMemAlloc_v2(void **p, size_t bytes) { return allocate(p, bytes, &module); }
int cuMemFree_v2(void *p) { return give_back(p, &module); }
int cuMemHostAlloc(void **p, size_t bytes, unsigned flags) { return allocate(p, bytes, &pinned_mark); }
int cuMemFreeHost(void *p) { return give_back(p, &pinned_mark); }
int cuMemcpyAsync(void *dst, const void *src, size_t n, void *s) { READY(); memcpy(dst, src, n); return s == &stream ? 0 : INVALID_VALUE; }
int cuMemsetD8Async(void *p, unsigned char v, size_t n, void *s) { READY(); memset(p, v, n); return s == &stream ? 0 : INVALID_VALUE; }

// The kernels of vectors.cu.
static void center(void **a) {
	float *out = *(float **)a[0], *x = *(float **)a[1], *b = *(float **)a[2];
	int rows = *(int *)a[3], d = *(int *)a[4];
	for (int i = 0; i < rows * d; i++) out[i] = x[i] - b[i % d];
}
static void difference(void **a) {
	float *out = *(float **)a[0], *x = *(float **)a[1], *y = *(float **)a[2], f = *(float *)a[3];
	for (int i = 0; i < *(int *)a[4]; i++) out[i] = f * (x[i] - y[i]);
}
static void scale(void **a) {
	float *out = *(float **)a[0], *x = *(float **)a[1], f = *(float *)a[2];
	if ((uintptr_t)out < 4096) { broken = ILLEGAL_ADDRESS; return; }
	for (int i = 0; i < *(int *)a[3]; i++) out[i] = f * x[i];
}

static struct kernel { const char *name; void (*run)(void **); const char *sizes; } kernels[] = {
	{"center", center, "88844"}, {"difference", difference, "88844"}, {"scale", scale, "8844"},
};

int cuModuleGetFunction(struct kernel **f, void *m, const char *name) {
	READY();
	for (int i = 0; i < 3; i++)
		if (!strcmp(kernels[i].name, name)) { *f = &kernels[i]; return 0; }
	return NOT_FOUND;
}

int cuFuncGetParamInfo(struct kernel *f, size_t i, size_t *offset, size_t *size) {
	READY();
	if (i >= strlen(f->sizes)) return INVALID_VALUE;
	*size = f->sizes[i] - '0';
	return 0;
}

int cuLaunchKernel(struct kernel *f, unsigned gx, unsigned gy, unsigned gz, unsigned tx, unsigned ty, unsigned tz, unsigned shared, void *s, void **args, void **extra) {
	READY();
	if (gx < 1 || gy != 1 || gz != 1 || tx < 1 || tx > 1024 || ty != 1 || tz != 1 || shared != 0 || s != &stream || extra) return INVALID_VALUE;
	f->run(args);
	return 0;
}
