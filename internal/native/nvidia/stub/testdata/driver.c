/* Stands in for libcuda.so.1. Variables of the environment say what it tells. */
#include <stdlib.h>
#include <string.h>

static int number(const char *name, int otherwise) {
	const char *text = getenv(name);
	return text ? atoi(text) : otherwise;
}

int cuDriverGetVersion(int *version) {
	*version = number("STUB_CUDA", 13000);
	return 0;
}

int cuInit(unsigned flags) { return number("STUB_INIT", 0); }

int cuDeviceGetCount(int *count) {
	*count = number("STUB_CARDS", 1);
	return 0;
}

int cuDeviceGet(int *device, int id) {
	*device = id;
	return id < number("STUB_CARDS", 1) ? 0 : 101;
}

int cuDeviceGetName(char *name, int size, int device) {
	strncpy(name, "Stub", size);
	return 0;
}

int cuDeviceGetAttribute(int *value, int attribute, int device) {
	int compute = number("STUB_COMPUTE", 90);
	*value = attribute == 75 ? compute / 10 : compute % 10;
	return 0;
}

int cuGetErrorString(int code, const char **text) {
	if (code != 100) return 1;
	*text = "no CUDA-capable device is detected";
	return 0;
}
