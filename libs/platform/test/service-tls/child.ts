/** A process of its own that asks with `fetch`: `child.ts <settings as JSON> <url>`. Jest has a global object of its own. */
import { ServiceTls } from '../../src/service-tls/service-tls.ts';

const [settings = '{}', url = ''] = process.argv.slice(2);
ServiceTls.of('fhir-gateway', JSON.parse(settings) as Record<string, string>)?.useForFetch();
console.log(await (await fetch(url)).text());
process.exit();
