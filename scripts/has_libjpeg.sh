#!/bin/sh
# Says whether a program can be built with -tags libjpeg: exit status 0, or 1 and why not.
if printf '#include <stdio.h>\n#include <jpeglib.h>\n#ifndef LIBJPEG_TURBO_VERSION\n#error\n#endif\n' |
	${CC:-cc} $CGO_CFLAGS -E - >/dev/null 2>&1; then exit 0; fi
echo "no libjpeg-turbo: its build tag is not tested (the packages libjpeg62-turbo-dev, libjpeg-turbo8-dev or libjpeg-turbo-devel have jpeglib.h)"
exit 1
