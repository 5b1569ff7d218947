/* Kinds of characters; ASCII only. */
#ifndef CTYPE_H_
#define CTYPE_H_

#ifdef __cplusplus
extern "C" {

/* Masks that C++ headers for other systems' libraries name. */
enum {
    _ISblank = 1 << 0,
    _IScntrl = 1 << 1,
    _ISpunct = 1 << 2,
    _ISalnum = 1 << 3,
    _ISupper = 1 << 8,
    _ISlower = 1 << 9,
    _ISalpha = 1 << 10,
    _ISdigit = 1 << 11,
    _ISxdigit = 1 << 12,
    _ISspace = 1 << 13,
    _ISprint = 1 << 14,
    _ISgraph = 1 << 15
};
#endif

static inline int isdigit(int c) {
    return c >= '0' && c <= '9';
}

static inline int islower(int c) {
    return c >= 'a' && c <= 'z';
}

static inline int isupper(int c) {
    return c >= 'A' && c <= 'Z';
}

static inline int isalpha(int c) {
    return islower(c) || isupper(c);
}

static inline int isalnum(int c) {
    return isalpha(c) || isdigit(c);
}

static inline int isxdigit(int c) {
    return isdigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static inline int isspace(int c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static inline int isprint(int c) {
    return c >= ' ' && c <= '~';
}

static inline int isgraph(int c) {
    return c > ' ' && c <= '~';
}

static inline int ispunct(int c) {
    return isgraph(c) && !isalnum(c);
}

static inline int iscntrl(int c) {
    return (c >= 0 && c < ' ') || c == 0x7f;
}

static inline int tolower(int c) {
    return isupper(c) ? c - 'A' + 'a' : c;
}

static inline int toupper(int c) {
    return islower(c) ? c - 'a' + 'A' : c;
}

#ifdef __cplusplus
}
#endif

#endif
