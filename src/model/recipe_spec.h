/* recipe_spec.h - what a recipe means for a net: the model as data, and what it is trained on. */
#ifndef HR_RECIPE_SPEC_H
#define HR_RECIPE_SPEC_H

#include "model/recipe.h"
#include "nn/optim.h"
#include "nn/spec.h"
#include "task/task.h"

/* The model that a recipe means for a task; puzzles: rows of its puzzle table. */
hr_spec hr_recipe_spec(const hr_recipe *recipe, const hr_task *task, int puzzles);
/* What it trains on, rows and batch the caller's; and how. */
hr_objective hr_recipe_objective(const hr_recipe *recipe);
hr_optim_config hr_recipe_optim(const hr_recipe *recipe);

#endif
