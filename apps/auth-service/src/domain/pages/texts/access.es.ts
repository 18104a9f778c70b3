/** The texts of the page about who saw a member's data, in US Spanish. */
import type { accessEn } from './access.en.ts';
import { cardEs } from './card.es.ts';
import { freshnessEs } from './freshness.es.ts';
import { unreadEs } from './unread.es.ts';

type Read = (typeof accessEn)['access']['readKinds']['claims'];

const counted =
  (one: string, many: string): Read =>
  (count, isOne) =>
    `${count} ${isOne ? one : many}`;
const whole =
  (article: string, thing: string, possessive = 'su'): Read =>
  (_count, _one, own) =>
    `${own ? possessive : article} ${thing}`;

export const accessEs: typeof accessEn = {
  ...cardEs,
  ...freshnessEs,
  ...unreadEs,
  access: {
    title: 'Quién vio mis datos',
    titleOf: (name) => `Quién vio los datos de ${name}`,
    why: 'Cada vez que alguien pide estos datos, queda anotado aquí, los haya recibido o no. Nadie puede quitar una anotación.',
    people: 'De quién son los datos',
    you: 'Usted',
    months: 'Mes',
    chart: (month) => `Cuántas veces se pidieron estos datos en ${month}`,
    legend: { given: 'Se dieron datos', refused: 'Se negaron' },
    bar: (day, given, refused) => `${day}: se dieron ${given}, se negaron ${refused}`,
    none: (month) => `No hay ninguna anotación de ${month}.`,
    asOf: (time) =>
      `Lista del ${time}: una anotación nueva aparece aquí en menos de un minuto, o más tarde si algo no funciona de nuestra parte.`,
    nobody: 'Esta cuenta no da acceso a los datos de ningún miembro, así que no hay nada que mostrar.',
    incomplete: (date) =>
      `Este mes tiene más anotaciones de las que caben aquí. Usted ve las más recientes, desde el ${date}. Una aplicación que tiene permiso para ver esta lista puede obtenerlas todas.`,
    byApp: 'Por aplicación',
    days: (count, one) => `en ${count} ${one ? 'día' : 'días'}`,
    byDay: 'Día por día',
    read: (things) => `leyó ${things}`,
    userinfo: (times, one) =>
      `preguntó ${one ? 'una vez' : `${times} veces`} quién había iniciado sesión y recibió un nombre o un identificador`,
    nothing: (kinds) => `buscó ${kinds} y no encontró nada, o solo preguntó cuántos hay`,
    refused: (times, one, why) => `fue rechazada ${one ? 'una vez' : `${times} veces`}: ${why}`,
    failed: (times, one) =>
      `no recibió respuesta ${one ? 'una vez' : `${times} veces`}, porque algo falló de nuestra parte`,
    interrupted: (times, one) =>
      `pidió datos y la respuesta se cortó ${one ? 'una vez' : `${times} veces`}: puede haber llegado una parte`,
    consents: {
      grant: 'fue conectada',
      change: 'tuvo un cambio en su permiso',
      narrow: 'puede ver menos que antes',
      revoke: 'fue desconectada',
      deny: 'pidió conectarse y no se le permitió',
    },
    corrections: {
      withdraw: 'corrigió este expediente: se quitó algo que era de otra persona',
      merge: 'unió este expediente con otro de la misma persona',
      unmerge: 'volvió a separar este expediente de otro: se habían unido por error',
      split: 'separó este expediente de otro: eran uno solo por error',
      unsplit: 'volvió a unir lo que se había separado por error',
    },
    correctionOther: 'corrigió este expediente',
    consentOther: 'tuvo un cambio en su permiso',
    reasons: {
      'scope-insufficient': 'pidió más de lo que puede ver',
      'member-other': 'pidió los datos de otra persona',
      'not-found': 'pidió algo que para ella no existe',
      deleted: 'pidió algo que el plan eliminó',
      'wrong-tenant': 'hizo la solicitud en otro plan de salud',
      'cursor-forged': 'usó un enlace que no era para ella, o que recibió antes de que cambiara su permiso',
      'cursor-expired': 'usó un enlace demasiado viejo',
      'request-invalid': 'hizo la solicitud de una forma que no pudimos leer',
      'parameter-invalid': 'hizo la solicitud de una forma que no pudimos leer',
      'parameter-unsupported': 'hizo la solicitud de una forma que no admitimos',
      'method-unsupported': 'hizo la solicitud de una forma que no admitimos',
      'format-unsupported': 'hizo la solicitud de una forma que no admitimos',
      'media-type-unsupported': 'hizo la solicitud de una forma que no admitimos',
      'request-too-wide': 'hizo la solicitud de una forma que no admitimos',
      'result-too-large': 'pidió más de lo que cabe en una respuesta',
      'search-too-costly': 'pidió más de lo que podemos buscar a la vez',
      'link-ended': 'el código de la tarjeta ya no funciona',
      'passcode-wrong': 'la clave era incorrecta',
      'passcode-missing': 'no había clave',
    },
    reasonOther: 'no tiene permiso para hacer eso',
    goesBackTo: (place) => `vuelve a ${place}`,
    aDevice: 'una aplicación en un dispositivo',
    through: (name) => `con la cuenta de ${name}`,
    throughFormer: 'con una cuenta que ya no existe',
    throughUnnamed: 'con una cuenta que ya no tiene nombre',
    throughDelegate: 'con la cuenta de alguien que actúa en nombre de esta persona',
    byLink: (name) => `Con un código de la tarjeta: alguien que dice ser “${name}”`,
    ownPages: (plan) => `${plan}, en sus páginas para miembros como esta`,
    other: 'otros datos',
    countedTwice: 'Lo que se lee dos veces se cuenta dos veces.',
    unavailable:
      'La lista no se puede mostrar ahora, porque el registro de quién vio estos datos no responde. Intente otra vez en unos minutos.',
    readKinds: {
      contact: (_count, _one, own) =>
        own ? 'sus datos personales y de contacto' : 'los datos personales y de contacto',
      coverage: whole('la', 'cobertura'),
      claims: counted('reclamación', 'reclamaciones'),
      conditions: counted('problema de salud', 'problemas de salud'),
      medicines: counted('dato sobre medicamentos', 'datos sobre medicamentos'),
      allergies: counted('alergia', 'alergias'),
      vaccines: counted('vacuna', 'vacunas'),
      results: counted('resultado de prueba o signo vital', 'resultados de pruebas y signos vitales'),
      procedures: counted('procedimiento u orden médica', 'procedimientos y órdenes médicas'),
      visits: counted('visita', 'visitas'),
      plans: counted('plan de cuidado o meta', 'planes de cuidado y metas'),
      devices: counted('dispositivo médico', 'dispositivos médicos'),
      documents: counted('documento', 'documentos'),
      providers: counted('médico, hospital u otro proveedor', 'médicos, hospitales y otros proveedores'),
      access: (_count, _one, own) => `la lista de quién vio ${own ? 'sus' : 'estos'} datos`,
      programs: counted('programa o estudio', 'programas y estudios'),
    },
    nameOnCard: (own) => (own ? 'su nombre' : 'el nombre'),
  },
};
