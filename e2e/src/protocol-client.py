# What a client of the Open Inference Protocol does with a server, by tritonclient as it comes from the registry. Prints JSON.
import json
import sys

import numpy
import tritonclient.http as http

model = "spam"
with http.InferenceServerClient(sys.argv[1]) as client:
    said = {
        "live": client.is_server_live(),
        "ready": client.is_server_ready(),
        "model_ready": client.is_model_ready(model),
        "server": client.get_server_metadata()["name"],
        "model": client.get_model_metadata(model),
    }
    values = numpy.array([[1.5, -2.25, 1e-3, 4.0]], dtype=numpy.float32)
    for name, binary in (("json", False), ("binary", True)):
        given = http.InferInput("x", values.shape, "FP32")
        given.set_data_from_numpy(values, binary_data=binary)
        wanted = http.InferRequestedOutput("y", binary_data=binary)
        answer = client.infer(model, [given], outputs=[wanted], request_id="r-1", headers={"x-weir-unit": "alice"})
        said[name] = {
            "outputs": answer.as_numpy("y").tolist(),
            "id": answer.get_response()["id"],
            "version": answer.get_response()["model_version"],
        }
    try:
        client.infer("unknown", [given])
    except http.InferenceServerException as error:
        said["unknown"] = {"status": error.status(), "message": error.message()}
    print(json.dumps(said))
