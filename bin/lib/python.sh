# The public validators and the fuzzer, each at one version. Sourced, after install.sh.
venv=.build/venv
python_of_tests() {
    python_venv "$venv" jsonschema==4.26.0 openapi-schema-validator==0.9.0 PyYAML==6.0.3 standardwebhooks==1.1.0 \
        schemathesis==4.32.5
}
