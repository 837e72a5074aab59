/* zip.c - libzip behind zip.h. */
#include "io/zip.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <zip.h>

#include "base/mem.h"
#include "base/os.h"
#include "base/plain.h"
#include "base/text.h"

/* Deflate makes at most 1032 bytes of one. */
enum { INFLATION_MAX = 1032, PIECE = 1 << 24 };

struct hr_zip {
    char *name;
    zip_t *archive;
    size_t budget; /* bytes that may still be read */
};

/* What libzip says of a failure; where it says nothing it was short of memory, and now and then it
 * takes memory that it did not get for a damaged archive. */
static const char *reason(zip_error_t *error) {
    int code = zip_error_code_zip(error);
    bool named = code != ZIP_ER_OK && code != ZIP_ER_MEMORY;
    void *some = named ? malloc(PIECE) : NULL;
    if (!some) hr_fail_short();
    free(some);
    return zip_error_strerror(error);
}

hr_status hr_zip_parse(const void *data, size_t size, const char *name, hr_zip **out) {
    *out = NULL;
    hr_zip *z = HR_NEW(hr_zip, 1);
    if (!z) return HR_ERR_MEM;
    z->name = hr_text_copy(name);
    z->budget = hr_plain_most(size);
    if (!z->name) {
        hr_zip_close(z);
        return HR_ERR_MEM;
    }
    zip_error_t error;
    zip_error_init(&error);
    for (int tries = 0; tries < 2 && !z->archive; tries++) {
        zip_source_t *source = zip_source_buffer_create(data, size, 0, &error);
        if (source) z->archive = zip_open_from_source(source, ZIP_RDONLY, &error);
        if (source && !z->archive) zip_source_free(source);
    }
    hr_status status = HR_OK;
    if (!z->archive) {
        status = hr_fail(HR_ERR_FORMAT, "%s: is not a whole zip archive: %s", name, reason(&error));
        hr_zip_close(z);
    } else *out = z;
    zip_error_fini(&error);
    return status;
}

void hr_zip_close(hr_zip *zip) {
    if (!zip) return;
    if (zip->archive) zip_discard(zip->archive);
    hr_free(zip->name);
    hr_free(zip);
}

const char *hr_zip_path(const hr_zip *zip) {
    return zip->name;
}

size_t hr_zip_count(const hr_zip *zip) {
    zip_int64_t n = zip_get_num_entries(zip->archive, 0);
    return n > 0 ? (size_t)n : 0;
}

const char *hr_zip_name(const hr_zip *zip, size_t i) {
    const char *name = zip_get_name(zip->archive, i, ZIP_FL_ENC_RAW);
    return name ? name : "";
}

long hr_zip_find(const hr_zip *zip, const char *name) {
    return (long)zip_name_locate(zip->archive, name, ZIP_FL_ENC_RAW);
}

static hr_status refuse(const hr_zip *zip, size_t i, const char *what) {
    return hr_fail(HR_ERR_FORMAT, "%s: entry \"%.80s\" %s", zip->name, hr_zip_name(zip, i), what);
}

static hr_status refuse_much(const hr_zip *zip, size_t i) {
    return refuse(zip, i,
                  "makes more than ten times the archive's size (and more than 8 MB); save it "
                  "unpacked (numpy.savez, torch.save)");
}

hr_status hr_zip_charge(hr_zip *zip, size_t i, size_t bytes) {
    if (bytes > zip->budget) return refuse_much(zip, i);
    zip->budget -= bytes;
    return HR_OK;
}

/* The size of an entry; refused where the archive cannot hold so much. */
static hr_status measure(hr_zip *zip, size_t i, size_t most, size_t *size) {
    zip_stat_t stat;
    const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if (zip_stat_index(zip->archive, i, 0, &stat) || (stat.valid & needed) != needed)
        return refuse(zip, i, "has no size");
    if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE)
        return refuse(zip, i, "is packed in another way than stored or deflated");
    bool possible = stat.comp_method == ZIP_CM_STORE ? stat.size == stat.comp_size
                                                     : stat.size / INFLATION_MAX <= stat.comp_size;
    if (!possible) return refuse(zip, i, "claims more bytes than the archive can hold");
    if (stat.size > zip->budget) return refuse_much(zip, i);
    if (stat.size > most) return refuse(zip, i, "is larger than it may be");
    *size = (size_t)stat.size;
    return HR_OK;
}

hr_status hr_zip_read(hr_zip *zip, size_t i, size_t most, unsigned char **out, size_t *size) {
    *out = NULL;
    *size = 0;
    size_t wanted = 0;
    hr_status status = measure(zip, i, most, &wanted);
    if (status) return status;
    zip_file_t *file = zip_fopen_index(zip->archive, i, 0);
    if (!file) return refuse(zip, i, reason(zip_get_error(zip->archive)));
    unsigned char *block = hr_alloc(wanted + 1), more;
    if (!block) status = HR_ERR_MEM;
    size_t at = 0;
    while (!status && at < wanted) {
        zip_int64_t n = zip_fread(file, block + at, wanted - at < PIECE ? wanted - at : PIECE);
        if (n <= 0) break;
        at += (size_t)n;
    }
    /* libzip compares the checksum when the end is read past */
    if (!status && (at < wanted || zip_fread(file, &more, 1) != 0)) {
        reason(zip_file_get_error(file));
        status = refuse(zip, i, "is cut short or does not have the checksum that is written down");
    }
    zip_fclose(file);
    if (status) {
        hr_free(block);
        return status;
    }
    zip->budget -= wanted;
    *out = block;
    *size = wanted;
    return HR_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

struct hr_zip_writer {
    hr_writer file;
    zip_t *archive;
    zip_error_t error; /* of the last command; libzip asks for it */
};

static zip_int64_t seek(hr_zip_writer *w, void *data, zip_uint64_t size) {
    zip_source_args_seek_t *args =
        ZIP_SOURCE_GET_ARGS(zip_source_args_seek_t, data, size, &w->error);
    if (!args) return -1;
    if (!fseeko(w->file.file, (off_t)args->offset, args->whence)) return 0;
    zip_error_set(&w->error, ZIP_ER_SEEK, errno);
    return -1;
}

static zip_int64_t supported(void) {
    return zip_source_make_command_bitmap(
        ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
        ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS,
        ZIP_SOURCE_BEGIN_WRITE, ZIP_SOURCE_COMMIT_WRITE, ZIP_SOURCE_ROLLBACK_WRITE,
        ZIP_SOURCE_SEEK_WRITE, ZIP_SOURCE_TELL_WRITE, ZIP_SOURCE_WRITE, ZIP_SOURCE_REMOVE, -1);
}

/* libzip writes into the writer's temporary file through this. There is nothing to read yet; the
 * writer itself begins, commits and rolls back. */
static zip_int64_t sink(void *user, void *data, zip_uint64_t size, zip_source_cmd_t command) {
    hr_zip_writer *w = user;
    switch (command) {
    case ZIP_SOURCE_SUPPORTS:
        return supported();
    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&w->error, data, size);
    case ZIP_SOURCE_STAT: /* how libzip asks whether the file is there */
        zip_error_set(&w->error, ZIP_ER_READ, ENOENT);
        return -1;
    case ZIP_SOURCE_WRITE:
        if (fwrite(data, 1, size, w->file.file) == size) return (zip_int64_t)size;
        zip_error_set(&w->error, ZIP_ER_WRITE, errno);
        return -1;
    case ZIP_SOURCE_SEEK_WRITE:
        return seek(w, data, size);
    case ZIP_SOURCE_TELL_WRITE:
        return (zip_int64_t)ftello(w->file.file);
    case ZIP_SOURCE_BEGIN_WRITE:
    case ZIP_SOURCE_COMMIT_WRITE:
    case ZIP_SOURCE_ROLLBACK_WRITE:
    case ZIP_SOURCE_REMOVE:
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
        return 0;
    default:
        zip_error_set(&w->error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}

hr_status hr_zip_create(const char *path, hr_zip_writer **out) {
    *out = NULL;
    hr_zip_writer *w = HR_NEW(hr_zip_writer, 1);
    if (!w) return HR_ERR_MEM;
    zip_error_init(&w->error);
    hr_status status = hr_os_create(path, &w->file);
    zip_source_t *source = status ? NULL : zip_source_function_create(sink, w, &w->error);
    if (source) w->archive = zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, &w->error);
    if (!status && !w->archive) {
        if (source) zip_source_free(source);
        status = hr_fail(HR_ERR_IO, "%s: cannot write: %s", path, reason(&w->error));
    }
    if (status) hr_zip_end(w, status);
    else *out = w;
    return status;
}

hr_status hr_zip_add(hr_zip_writer *w, const char *name, const void *data, size_t size) {
    enum { YEAR_1980 = 0x21 }; /* the first day that the format can write */
    zip_source_t *source = zip_source_buffer(w->archive, data, size, 0);
    zip_int64_t i = source ? zip_file_add(w->archive, name, source, ZIP_FL_ENC_UTF_8) : -1;
    if (i < 0 && source) zip_source_free(source);
    if (i >= 0 && !zip_set_file_compression(w->archive, (zip_uint64_t)i, ZIP_CM_STORE, 0) &&
        !zip_file_set_dostime(w->archive, (zip_uint64_t)i, 0, YEAR_1980, 0))
        return HR_OK;
    return hr_fail(HR_ERR_ARG, "%s: cannot hold \"%.80s\": %s", w->file.path, name,
                   reason(zip_get_error(w->archive)));
}

hr_status hr_zip_end(hr_zip_writer *w, hr_status status) {
    if (!w) return status;
    if (!status && zip_close(w->archive))
        status = hr_fail(HR_ERR_IO, "%s: cannot write: %s", w->file.path,
                         reason(zip_get_error(w->archive)));
    else if (!status) w->archive = NULL;
    if (w->archive) zip_discard(w->archive);
    status = hr_os_end(&w->file, status);
    zip_error_fini(&w->error);
    hr_free(w);
    return status;
}
