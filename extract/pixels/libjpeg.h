// JPEG files as PIL decodes them.

#include <stddef.h>
#include <stdint.h>

// What a call says of a picture.
struct saego_jpeg {
	uint32_t width, height;
	uint32_t channels; // of a pixel: 1 grey, 3 RGB, 4 CMYK as it is in the file, which Adobe inverts
	char error[200];   // why a call failed, JMSG_LENGTH_MAX
};

// Reads the header of a file of n bytes and, unless pixels is NULL, the picture: height
// rows of width pixels. Returns 0, or 1 where error says what is wrong.
int saego_jpeg_read(struct saego_jpeg *said, const uint8_t *data, size_t n, uint8_t *pixels);
