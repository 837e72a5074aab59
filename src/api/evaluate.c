/* evaluate.c - accuracy of a model on a data set. */
#include "api/handles.h"
#include "data/audit.h"
#include "data/dataset_open.h"
#include "model/recipe.h"
#include "model/record.h"
#include "solve/ballot.h"
#include "solve/eval.h"

enum { TRAINED_MOST = 32 << 20 }; /* bytes that are read again only to count */

/* How many of the first `count` puzzles the model was trained on too, and why that is not known;
 * see hrm_eval_report. */
static int64_t count_shared(const hrm_model *model, const hr_dataset *data, size_t count,
                            const char **why) {
    hr_recipe recipe;
    hr_dataset *trained = NULL, first = *data;
    size_t shared = 0, size = 0;
    bool recorded = hr_recipe_recorded(&recipe, model->training);
    uint64_t hash = hr_record_data(model->training); /* imported weights have none */
    if (recorded) size = hr_os_size(recipe.data);
    *why = data->make            ? "these are made as they are read"
           : !recorded || !hash  ? "the model does not say what it was trained on"
           : !size               ? "what it was trained on is a folder, or not there"
           : size > TRAINED_MOST ? "what it was trained on is above 32 MiB"
                                 : "what it was trained on is not as it was";
    if (data->make || !hash || !size || size > TRAINED_MOST ||
        hr_dataset_open_partial(recipe.data, NULL, &model->task, true, NULL, &trained))
        return -1;
    if (recipe.limit && (size_t)recipe.limit < trained->examples)
        trained->examples = trained->puzzles = trained->groups = (size_t)recipe.limit;
    first.examples = count;
    bool told = hr_dataset_hash(trained) == hash && !hr_audit_shared(&first, trained, &shared);
    hr_dataset_free(trained);
    if (told && !shared && *recipe.init)
        *why = "it began from another model, which may have seen more";
    else if (told) *why = "";
    return **why ? -1 : (int64_t)shared;
}

hrm_status hrm_evaluate(const hrm_model *model, const hrm_dataset *dataset,
                        const hrm_eval_options *options, hrm_eval_report *out) {
    HR_API_FLOATS;
    if (out) *out = (hrm_eval_report){0};
    HR_API_NEED(out, model, dataset);
    HR_API_TAKE(hrm_eval_options, own, options);
    HR_API_TAKE_INNER(hrm_search, search, own.search);
    if (own.votes < 0) return hr_fail(HR_ERR_ARG, "votes: %d is below 0", own.votes);
    hr_status status = hr_ballot_allowed(dataset->data, &own);
    if (!status)
        status = hr_eval_knows(model->model, hr_record_names(model->training), dataset->data);
    int rank;
    if (!status && !hr_comm_same(model->ranks, hr_dataset_hash(dataset->data), &rank))
        status = hr_comm_agree(model->ranks, hr_fail(HR_ERR_ARG,
                                                     "rank %d has other puzzles than "
                                                     "rank 0",
                                                     rank));
    if (status) return status;
    hrm_solver *solver;
    status = hrm_solver_new(model, 0, &solver);
    if (!status) status = hr_api_prepare(solver, dataset->data->examples, own.batch);
    if (!status) status = hr_eval_run(solver->solver, dataset->data, &own, out);
    hrm_solver_free(solver);
    if (status) return status;
    uint64_t trained = hr_record_data(model->training);
    out->seen = trained && trained == hr_dataset_hash(dataset->data);
    size_t solved = out->n + out->unscored;
    out->shared =
        out->seen ? (int64_t)solved : count_shared(model, dataset->data, solved, &out->shared_why);
    return HRM_STATUS_OK;
}
