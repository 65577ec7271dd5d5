"""A receiver over TLS on a free port of 127.0.0.1 whose certificate nobody vouches for.

usage: wrong_certificate.py FOLDER

Writes the port to FOLDER/port once it listens, and each request that it understands to FOLDER/requests. Ends when it is ended.
"""

import os
import socket
import ssl
import subprocess
import sys
import threading


def serve(connection, context, folder):
    try:
        with context.wrap_socket(connection, server_side=True) as secured:
            with open(os.path.join(folder, "requests"), "ab") as log:
                log.write(secured.recv(65536))
    except OSError:
        connection.close()


def main(folder):
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with open(os.path.join(folder, "port.new"), "w", encoding="ascii") as file:
            file.write(str(listener.getsockname()[1]))
        os.rename(os.path.join(folder, "port.new"), os.path.join(folder, "port"))
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection, context, folder), daemon=True).start()


if __name__ == "__main__":
    main(sys.argv[1])
