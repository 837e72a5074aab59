#include "openapi.h"

#include <stdio.h>
#include <string.h>

static json_t *content(const char *type, json_t *schema) {
    return json_pack("{s:{s:{s:o}}}", "content", type, "schema", schema ? schema : json_object());
}

static json_t *error_schema(void) {
    return json_pack("{s:s, s:{s:{s:s, s:{s:{s:s}, s:{s:s}, s:{s:s}}}}}", "type", "object",
                     "properties", "error", "type", "object", "properties", "code", "type",
                     "integer", "message", "type", "string", "type", "type", "string");
}

/* What follows "?" in a path of the table: "task,rating". */
static json_t *parameters(const route *r, const char *query) {
    json_t *list = json_array();
    if (strchr(r->path, '{'))
        json_array_append_new(list,
                              json_pack("{s:s, s:s, s:b, s:{s:s}}", "name", "name", "in", "path",
                                        "required", true, "schema", "type", "string"));
    for (size_t n; query && *query; query += n + (query[n] == ',')) {
        n = strcspn(query, ",");
        json_array_append_new(list, json_pack("{s:s%, s:s, s:{s:s}}", "name", query, n, "in",
                                              "query", "schema", "type", "string"));
    }
    return list;
}

static json_t *operation(const route *r) {
    json_t *good = content(r->type ? r->type : "application/json", r->answer ? r->answer() : NULL);
    json_t *bad = content("application/json", error_schema());
    json_object_set_new(good, "description", json_string("the answer"));
    json_object_set_new(bad, "description", json_string("what is wrong"));
    json_t *o = json_pack("{s:s, s:o, s:{s:o, s:o}}", "summary", r->summary, "parameters",
                          parameters(r, r->query), "responses", "200", good, "default", bad);
    if (r->body) json_object_set_new(o, "requestBody", content("application/json", r->body()));
    if (r->open) json_object_set_new(o, "security", json_array());
    return o;
}

json_t *openapi_make(const route *routes) {
    json_t *paths = json_object();
    for (const route *r = routes; r->path; r++) {
        char method[8] = "get";
        if (strcmp(r->method, "GET")) snprintf(method, sizeof method, "post");
        json_t *path = json_object_get(paths, r->path);
        if (!path) {
            path = json_object();
            json_object_set_new(paths, r->path, path);
        }
        json_object_set_new(path, method, operation(r));
    }
    return json_pack("{s:s, s:{s:s, s:s, s:s}, s:[{s:[]}], s:{s:{s:{s:s, s:s}}}, s:o}", "openapi",
                     "3.1.0", "info", "title", "hrm", "version", hrm_version(), "description",
                     "Puzzles solved by small recursive reasoning models.", "security", "key",
                     "components", "securitySchemes", "key", "type", "http", "scheme", "bearer",
                     "paths", paths);
}
