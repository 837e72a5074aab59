/* dihedral.c - rotations and mirrors as maps of cells. */
#include "task/dihedral.h"

int hr_dihedral_inverse(int code) {
    return code == 1 ? 3 : code == 3 ? 1 : code;
}

bool hr_dihedral_turns(int code) {
    return code == 1 || code == 3 || code == 6 || code == 7;
}

int hr_dihedral_source(int code, int rows, int cols, int r, int c) {
    switch (code) {
    case 1:
        return c * cols + cols - 1 - r;
    case 2:
        return (rows - 1 - r) * cols + cols - 1 - c;
    case 3:
        return (rows - 1 - c) * cols + r;
    case 4:
        return r * cols + cols - 1 - c;
    case 5:
        return (rows - 1 - r) * cols + c;
    case 6:
        return c * cols + r;
    case 7:
        return (rows - 1 - c) * cols + cols - 1 - r;
    default:
        return r * cols + c;
    }
}
