/*
 * plate: number plates of GA 36-2018, as far as they say what a vehicle is.
 *
 * A plate is corroborating evidence, not proof: an unknown pattern or a letter that does not fit
 * the declared energy is a reason to look, not to refuse. The province character is read as a code
 * point, so a plate is UTF-8 of any length in bytes. Plain functions, any thread.
 */
#ifndef EVROLL_SHARED_IDENT_PLATE_H
#define EVROLL_SHARED_IDENT_PLATE_H

enum plate_kind {
    PLATE_UNKNOWN,
    PLATE_ORDINARY,
    PLATE_NEV_SMALL, /* energy letter first of six: 豫UD12345 */
    PLATE_NEV_LARGE  /* energy letter last of six: 豫U12345D */
};

/* What the energy letter of a new-energy plate says. */
enum plate_energy {
    PLATE_ENERGY_NONE,     /* no new-energy plate */
    PLATE_ENERGY_ELECTRIC, /* D A B C E: battery electric */
    PLATE_ENERGY_OTHER     /* F G H J K: plug-in hybrid, fuel cell */
};

struct plate {
    enum plate_kind kind;
    enum plate_energy energy;
};

struct plate plate_read(const char *text);

#endif
