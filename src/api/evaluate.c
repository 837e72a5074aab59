/* evaluate.c - accuracy of a model on a data set. */
#include "api/handles.h"
#include "model/record.h"
#include "solve/ballot.h"
#include "solve/eval.h"

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
    if (status) return status;
    hrm_solver *solver;
    status = hrm_solver_new(model, 0, &solver);
    if (!status) status = hr_api_prepare(solver, dataset->data->examples, own.batch);
    if (!status) status = hr_eval_run(solver->solver, dataset->data, &own, out);
    hrm_solver_free(solver);
    uint64_t trained = status ? 0 : hr_record_data(model->training);
    out->seen = trained && trained == hr_dataset_hash(dataset->data);
    return status;
}
