// The `main` of a program that is nothing but tests: linked only if the program has none itself.
#include <zxtest/zxtest.h>

int main(int argc, char** argv) {
    return RUN_ALL_TESTS(argc, argv);
}
