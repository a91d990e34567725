// nginx in three parts: the model servers that everybody calls, the split as a peer, the split with an event log as another.

export interface Ports {
  readonly v1: number;
  readonly v2: number;
}

const prediction =
  '{"model_name":"bench","model_version":"1","id":"bench","outputs":[{"name":"probability","shape":[1,2],"datatype":"FP32","data":[0.123456,0.876544]}]}';

/** Answers any prediction with the same 143 bytes, and says that it is ready. */
export function stubConfig({ v1, v2 }: Ports): string {
  return whole(`
    server {
      listen 127.0.0.1:${v1} backlog=4096;
      listen 127.0.0.1:${v2} backlog=4096;
      default_type application/json;
      location / { return 200 '{"name":"bench","ready":true,"live":true}'; }
      location ~ /infer$ { return 200 '${prediction}'; }
    }`);
}

/** 90 % of the units to v1, 10 % to v2, over connections that are kept. */
export function splitConfig(port: number, { v1, v2 }: Ports): string {
  return whole(`${split({ v1, v2 })}
    server {
      listen 127.0.0.1:${port} backlog=4096;
      location / { ${pass} }
    }`);
}

/** The same, and a line of JSON for each prediction, bodies included, written in blocks. */
export function loggedSplitConfig(port: number, { v1, v2 }: Ports, log: string): string {
  return whole(`${split({ v1, v2 })}
    log_format event escape=json '{"id":"$request_id","at":"$time_iso8601","unit":"$http_x_weir_unit","arm":"$arm",'
      '"status":$status,"ms":$request_time,"upstreamMs":"$upstream_response_time","request":"$request_body"}';
    server {
      listen 127.0.0.1:${port} backlog=4096;
      access_log ${log} event buffer=64k flush=1s;
      location / { ${pass} }
    }`);
}

/** v1 answers; v2 is sent the same, and what it says is thrown away. Connections to both are kept. */
export function mirrorConfig(port: number, { v1, v2 }: Ports): string {
  const shadowed = pass.replace('$arm', 'v2$request_uri');
  return whole(`${upstreams({ v1, v2 })}
    server {
      listen 127.0.0.1:${port} backlog=4096;
      location / { mirror /mirror; ${pass.replace('$arm', 'v1')} }
      location = /mirror { internal; ${shadowed} }
    }`);
}

const pass = 'proxy_pass http://$arm; proxy_http_version 1.1; proxy_set_header Connection "";';

function split(ports: Ports): string {
  return `
    split_clients "$http_x_weir_unit" $arm { 10% v2; * v1; }
    ${upstreams(ports)}`;
}

function upstreams({ v1, v2 }: Ports): string {
  const upstream = (name: string, port: number): string =>
    `upstream ${name} { server 127.0.0.1:${port}; keepalive 256; keepalive_requests 1000000000; keepalive_time 1d; }`;
  return `
    ${upstream('v1', v1)}
    ${upstream('v2', v2)}`;
}

function whole(http: string): string {
  const user = process.getuid?.() === 0 ? 'user root root;' : '';
  return `${user}
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr error;
events { worker_connections 4096; }
http {
    access_log off;
    keepalive_requests 1000000000;
    keepalive_time 1d;
    keepalive_timeout 1d;
    client_body_buffer_size 64k;
    client_body_in_single_buffer on;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
${http}
}
`;
}
