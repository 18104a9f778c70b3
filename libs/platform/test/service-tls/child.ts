/** A process of its own that asks with `fetch`: `child.ts <settings as JSON> <url>`. What it sets holds for a whole process. */
import { ServiceTls, useForFetch } from '../../src/service-tls/service-tls.ts';

const [settings = '{}', url = ''] = process.argv.slice(2);
useForFetch(ServiceTls.of('fhir-gateway', JSON.parse(settings) as Record<string, string>));
console.log(await (await fetch(url)).text());
process.exit();
