// The system's OpenSSL, as its own headers declare it.
#include <openssl/err.h>
#include <openssl/ssl.h>
