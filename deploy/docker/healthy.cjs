// The container's health check: exit code 0 when the service at PORT says it is ready. `node healthy.cjs [path]`; slim images have no curl.
const path = process.argv[2] ?? '/readyz';

fetch(`http://127.0.0.1:${process.env.PORT}${path}`, { signal: AbortSignal.timeout(4_000) })
  .then(async (response) => {
    const text = (await response.text()).slice(0, 1_000);
    console.log(`${response.status} ${text}`);
    process.exit(response.ok ? 0 : 1);
  })
  .catch((error) => {
    console.log(String(error.cause ?? error));
    process.exit(1);
  });
