/* dihedral.c - rotations and mirrors as maps of cells. */
#include "task/dihedral.h"

int hr_dihedral_inverse(int code) {
    return code == 1 ? 3 : code == 3 ? 1 : code;
}

bool hr_dihedral_turns(int code) {
    return code == 1 || code == 3 || code == 6 || code == 7;
}

hr_dihedral_map hr_dihedral_map_of(int code, int rows, int cols) {
    const int last = rows * cols - 1, low = (rows - 1) * cols;
    switch (code) {
    case 1:
        return (hr_dihedral_map){cols - 1, -1, cols};
    case 2:
        return (hr_dihedral_map){last, -cols, -1};
    case 3:
        return (hr_dihedral_map){low, 1, -cols};
    case 4:
        return (hr_dihedral_map){cols - 1, cols, -1};
    case 5:
        return (hr_dihedral_map){low, -cols, 1};
    case 6:
        return (hr_dihedral_map){0, 1, cols};
    case 7:
        return (hr_dihedral_map){last, -1, -cols};
    default:
        return (hr_dihedral_map){0, cols, 1};
    }
}

int hr_dihedral_source(int code, int rows, int cols, int r, int c) {
    hr_dihedral_map map = hr_dihedral_map_of(code, rows, cols);
    return map.first + r * map.down + c * map.right;
}
