#pragma once
#include <zlib.h>

// The initialisers are macros in zlib.h, which Swift cannot import.
static inline int tradewind_inflate_gzip_init(z_stream *stream) { return inflateInit2(stream, 16 + MAX_WBITS); }
static inline int tradewind_deflate_gzip_init(z_stream *stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
}
