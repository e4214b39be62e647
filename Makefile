# Everything here runs in .venv, which is made from envs/requirements.lock when it is missing or the lock has changed.
# With the environment active, plain `snakemake -c4` does what `make run` does.

.DEFAULT_GOAL := help
.PHONY: audit bench bundle chaos clean confirm crate diff explain format gradients help lesson lint lock loops network operations picture plan preview run small snakemake-report test test-cluster test-unit time undo unlock venv verify

SUPPORTED := import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	"$$p" -c '$(SUPPORTED)' 2>/dev/null && { echo "$$p"; break; }; done)
LOCK := envs/requirements.lock
# What only some people need, such as EXTRAS="slurm s3". An extra stays once it is installed.
WANTED = $(sort $(EXTRAS) $(basename $(notdir $(wildcard .venv/extras/*.lock))))
BIN := .venv/bin
PIP = $(BIN)/pip install --disable-pip-version-check --no-deps --require-hashes # the lock has all that is needed
# The cores that a process may use here: taskset, a container or a job of Slurm can allow fewer than the machine has.
CORES ?= $(shell $(BIN)/python -c "import joblib; print(joblib.cpu_count())")
RETRIAL = cd "$(or $(DIR),.)" && PYTHONPATH="$(CURDIR)/workflow/scripts" "$(CURDIR)/$(BIN)/python" -m retrial
# For questions about loops; the large environment, where it is there, has all that these need.
SMALL = $(if $(wildcard .venv/requirements.lock),.venv,.venv-loops)
# There after half a minute: something to look at while the rest is made.
FIRST := results/predictions/first_ten.svg results/try.html
CONFIGURATION = $(if $(CONFIGFILE),--configfile "$(if $(filter /%,$(CONFIGFILE)),,$(CURDIR)/)$(CONFIGFILE)")
# Of a slip in it, Snakemake names neither the file nor the line.
CHECK = $(if $(CONFIGFILE),PYTHONPATH=workflow/scripts $(BIN)/python -m retrial.config "$(CONFIGFILE)" &&)
SNAKEMAKE = $(CHECK) PYTHONPATH=workflow/scripts $(BIN)/snakemake
# Snakemake needs a cache, also where the home folder cannot be written.
export XDG_CACHE_HOME ?= $(shell test -w "$$HOME" || echo "$(CURDIR)/.snakemake/cache")
# In a file, a run shows its steps; why each one runs is a matter of pages, and for make plan.
SCREEN = $$(test -t 2 && echo --logger progress || echo --quiet reason)
OPTIONS = $(if $(DIR),--directory "$(DIR)") $(CONFIGURATION)

test test-unit test-cluster chaos picture lint format lock audit: WANTED += tests

help:
	@sed -n -e 's/^##@ /\n/p' -e 's/^\([a-z-]*\):.*## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 26

CHECK_PYTHON = "$(PYTHON)" -c '$(SUPPORTED)' 2>/dev/null || { \
	echo "error: no CPython 3.11, 3.12 or 3.13 with venv found; install one, or set PYTHON: make PYTHON=/path/to/python3.12" >&2; exit 1; }

# The copy of the lock inside .venv is written last: an interrupted installation starts again. One package is built from
# its source; without isolation, the build takes the locked setuptools, and fetches none that has no hash.
venv: # EXTRAS="slurm s3 crate": with what only these need, see envs/extras/
	@$(foreach extra,$(WANTED),test -f envs/extras/$(extra).lock || { \
	echo "error: no extra $(extra); there are:" $(basename $(notdir $(wildcard envs/extras/*.lock))) >&2; exit 1; };)
	@cmp -s $(LOCK) .venv/requirements.lock || { \
	$(CHECK_PYTHON); \
	echo "Making .venv with $$("$(PYTHON)" --version): 2.3 GB, a few minutes, of which pip says nothing for one or two" && \
	"$(PYTHON)" -m venv --clear .venv && \
	awk '/^[^ #]/ {keep = /^setuptools==/} keep' $(LOCK) > .venv/setuptools.lock && \
	$(PIP) --only-binary :all: -r .venv/setuptools.lock && \
	$(PIP) --no-build-isolation -r $(LOCK) && \
	cp $(LOCK) .venv/requirements.lock; }
	@$(foreach extra,$(WANTED),cmp -s envs/extras/$(extra).lock .venv/extras/$(extra).lock || { \
	echo "Installing the extra $(extra)" && $(PIP) -r envs/extras/$(extra).lock && mkdir -p .venv/extras && \
	cp envs/extras/$(extra).lock .venv/extras; } || exit 1;)

small:
	@test $(SMALL) = .venv || cmp -s envs/loops.lock .venv-loops/loops.lock || { \
	$(CHECK_PYTHON); \
	echo "Making .venv-loops with $$("$(PYTHON)" --version): 0.5 GB, about a minute" && \
	"$(PYTHON)" -m venv --clear .venv-loops && \
	$(PIP) --no-compile --only-binary :all: -r envs/loops.lock && cp envs/loops.lock .venv-loops; }

##@ Run the experiment
run: venv ## everything, into results/; CORES=2, CONFIGFILE=config.full.yaml, DIR=other: into other/results/
	@$(SNAKEMAKE) -c$(CORES) --prioritize $(FIRST) $(OPTIONS) $(SCREEN)

lesson: CONFIGFILE = config.lesson.yaml
lesson: DIR = lesson
lesson: run ## the page from little data, in a minute and a half: lesson/results/report.html

preview: venv ## a page of the results so far, even if there are few: results/preview.html
	@$(SNAKEMAKE) -c1 --force results/preview.html $(OPTIONS)

plan: SHELL = bash
plan: .SHELLFLAGS = -o pipefail -c
plan: venv ## what make run would do, and why
	@$(SNAKEMAKE) -n --quiet host $(OPTIONS) 2>&1 | \
	sed -E '/^\[/d; s/Union of exclusive params before and now across all output: //; /^error:/!s/^(.{160}).+/\1…/'

undo: venv ## put back the results of the last successful run, after a change that you regret
	@$(RETRIAL).commands.undo

unlock: ## let a new run begin after one that was killed; make sure that none is still at work
	rm -rf "$(or $(DIR),.)/.snakemake/locks"

clean: ## remove results/, what undo keeps of them, logs/ and Snakemake's records; .venv stays
	cd "$(or $(DIR),.)" && rm -rf results .retrial logs .snakemake

##@ Ask one question
loops: BIN = $(SMALL)/bin
loops: small ## what one addition costs in a loop, compiled, and in NumPy; no TensorFlow, 15 s
	@$(RETRIAL).commands.loops

time: BIN = $(SMALL)/bin
time: small ## two functions of your own, compared: make time A=module:function B=module:function
	@$(RETRIAL).commands.two_functions $(A) $(B)

network: ## the networks, without any timing
operations: ## the times of the operations, without any network
gradients: ## the chain rule and the gradients
network operations gradients: venv
	@$(SNAKEMAKE) -c$(CORES) $@ $(OPTIONS) $(SCREEN)

explain: venv ## how a file was made: make explain FILE=results/accuracy.csv (CHECKSUMS=1: with checksums)
	@$(RETRIAL).commands.explain "$(FILE)" $(if $(CHECKSUMS),--checksums)

##@ Compare, check, publish
confirm: venv ## judge the claims about the networks again, on seeds that nobody has run: results/confirm/claims.csv
	@$(CHECK) $(RETRIAL).commands.confirm $(CORES) $(CONFIGURATION)

diff: venv ## what differs between two runs or bundles: make diff A=results B=other/results; FORM=--json or --md
	@$(RETRIAL).commands.diff $(FORM) $(if $(A),"$(A)") $(if $(B),"$(B)")

verify: venv ## make the reproducible files a second time and compare the bytes
	@$(CHECK) $(RETRIAL).commands.verify $(CONFIGURATION)

bundle: venv ## a finished run in one small file, to compare or to publish: results/bundle.json
	@$(RETRIAL).commands.bundle results results/bundle.json

crate: WANTED += crate
crate: venv ## a finished run as a Workflow Run RO-Crate, to publish: results/crate.zip
	@$(RETRIAL).commands.crate

snakemake-report: run ## Snakemake's own report of a finished run: results/snakemake-report.zip
	@$(SNAKEMAKE) --report results/snakemake-report.zip $(OPTIONS)

##@ Develop
picture: venv ## the picture and the sample of results/report.html in docs/; needs chromium
	$(BIN)/python docs/make_picture.py

test: venv ## all tests
	$(BIN)/pytest

test-unit: venv ## the fast tests alone
	$(BIN)/pytest -n0 tests/unit

test-cluster: WANTED += slurm
test-cluster: venv ## the tests on a private Slurm (SHORT=1: one of them); as root on Debian, it installs Slurm
	@command -v slurmctld >/dev/null && command -v munged >/dev/null || bash tests/cluster/install.sh
	$(BIN)/pytest -n0 tests/cluster $(if $(SHORT),-k short_form)

bench: venv ## measure the figures in docs/performance.md again (half an hour); AGAINST=COMMIT: whole runs of both, in turns (over an hour)
	@status=0; for part in against_timeit.py training.py "whole_run.py $(AGAINST)"; do \
		echo "== $$part"; PYTHONPATH=workflow/scripts $(BIN)/python tests/bench/$$part || status=1; \
	done; exit $$status

chaos: venv ## runs in odd surroundings and runs that are killed: which left correct results (an hour)
	PYTHONPATH=workflow/scripts $(BIN)/python tests/chaos.py

audit: venv ## known vulnerabilities in the locked environment, by pip-audit; needs a network
	@$(BIN)/uv tool run pip-audit --version >/dev/null 2>&1 || \
	{ echo "error: pip-audit cannot be fetched: nothing was checked; run make audit with a network" >&2; exit 1; }
	@$(BIN)/uv tool run pip-audit --strict --disable-pip --require-hashes $(addprefix -r ,$(LOCK) envs/loops.lock $(wildcard envs/extras/*.lock))

lint: venv ## style and workflow checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check .
	$(BIN)/snakemake --lint

format: venv ## bring Python and Snakemake files into the one style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/snakefmt .

lock: venv ## rewrite the locks in envs/ from the files beside them, with the newest versions they allow
	@for name in requirements loops $(patsubst envs/%.in,%,$(wildcard envs/extras/*.in)); do \
		$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--no-header --output-file envs/$$name.lock envs/$$name.in || exit 1; \
	done
