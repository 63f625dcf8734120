//go:build libjpeg && cgo

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include "libjpeg.h"

#ifndef LIBJPEG_TURBO_VERSION
#error "this jpeglib.h is not libjpeg-turbo's, which PIL has: other libraries give other pixels"
#endif

// A progressive file has about ten scans. PIL takes any number of them, but each may cost
// as much time as the whole picture and take a few bytes of the file.
#define MAX_SCANS 500

#define TRUNCATED "the file is truncated"

struct decoder {
	struct jpeg_decompress_struct c;
	struct jpeg_error_mgr errors;
	struct jpeg_source_mgr source;
	struct jpeg_progress_mgr progress;
	struct saego_jpeg *said;
	jmp_buf failed;
};

static void nothing(j_decompress_ptr c) { (void)c; }

static void silent(j_common_ptr c) { (void)c; }

static void fail(j_common_ptr c) {
	struct decoder *d = c->client_data;
	c->err->format_message(c, d->said->error);
	longjmp(d->failed, 1);
}

static void count_scans(j_common_ptr c) {
	struct decoder *d = c->client_data;
	if (d->c.input_scan_number <= MAX_SCANS) return;
	strcpy(d->said->error, "more than 500 scans: no sound picture has as many");
	longjmp(d->failed, 1);
}

// There is never more than what was given: libjpeg stops there, as it does for PIL at the
// end of a file.
static boolean no_more(j_decompress_ptr c) {
	(void)c;
	return FALSE;
}

static void skip(j_decompress_ptr c, long n) {
	size_t left = c->src->bytes_in_buffer, k = n < 0 ? 0 : (size_t)n;
	if (k > left) k = left;
	c->src->next_input_byte += k;
	c->src->bytes_in_buffer -= k;
}

static void prepare(struct decoder *d, const uint8_t *data, size_t n) {
	d->c.err = jpeg_std_error(&d->errors);
	d->c.client_data = d;
	d->errors.error_exit = fail;
	d->errors.output_message = silent; // damaged data are a warning, which PIL does not heed
	d->progress.progress_monitor = count_scans;
	d->source = (struct jpeg_source_mgr){
		.next_input_byte = data, .bytes_in_buffer = n,
		.init_source = nothing, .fill_input_buffer = no_more, .skip_input_data = skip,
		.resync_to_restart = jpeg_resync_to_restart, .term_source = nothing,
	};
}

// Returns what is wrong, or NULL.
static const char *read_header(struct decoder *d) {
	jpeg_create_decompress(&d->c);
	d->c.src = &d->source;
	d->c.progress = &d->progress;
	int ok;
	do ok = jpeg_read_header(&d->c, FALSE);
	while (ok == JPEG_HEADER_TABLES_ONLY);
	if (ok == JPEG_SUSPENDED) return TRUNCATED;
	switch (d->c.num_components) {
	case 1: d->c.out_color_space = JCS_GRAYSCALE; break;
	case 3: d->c.out_color_space = JCS_RGB; break;
	case 4: d->c.out_color_space = JCS_CMYK; break;
	default: return "neither grey, nor of 3 or 4 colours";
	}
	d->said->width = d->c.image_width;
	d->said->height = d->c.image_height;
	d->said->channels = (uint32_t)d->c.num_components;
	return NULL;
}

static const char *read_pixels(struct decoder *d, uint8_t *pixels) {
	size_t stride = (size_t)d->said->width * d->said->channels;
	d->c.dct_method = JDCT_ISLOW;
	d->c.do_fancy_upsampling = TRUE;
	if (!jpeg_start_decompress(&d->c)) return TRUNCATED;
	while (d->c.output_scanline < d->c.output_height) {
		JSAMPROW row = pixels + stride * d->c.output_scanline;
		if (jpeg_read_scanlines(&d->c, &row, 1) != 1) return TRUNCATED;
	}
	(void)jpeg_finish_decompress(&d->c); // the rest may be missing
	return NULL;
}

int saego_jpeg_read(struct saego_jpeg *said, const uint8_t *data, size_t n, uint8_t *pixels) {
	struct decoder d = {.said = said};
	if (setjmp(d.failed)) {
		jpeg_destroy_decompress(&d.c);
		return 1;
	}
	prepare(&d, data, n);
	const char *wrong = read_header(&d);
	if (!wrong && pixels) wrong = read_pixels(&d, pixels);
	jpeg_destroy_decompress(&d.c);
	if (wrong) strcpy(said->error, wrong);
	return wrong != NULL;
}
