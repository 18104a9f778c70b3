/** The texts for members in US Spanish: usted, short sentences, and the words that health plans use. */
import type { ConsentKind, SensitiveCategory } from '@patient-access/fhir';
import type { Texts, Words } from './en.ts';
import { accessEs } from './access.es.ts';
import { appsEs } from './apps.es.ts';
import { fhirUserEs } from './fhir-user.es.ts';
import { loginEs } from './login.es.ts';
import { mailEs } from './mail.es.ts';
import { receiptEs } from './receipt.es.ts';
import { answerEs } from './answer.es.ts';
import { statementsEs } from './statements.es.ts';
import { recoveryEs } from './recovery.es.ts';

const kinds: Record<ConsentKind, Words> = {
  contact: {
    label: 'Datos personales y de contacto',
    explanation:
      'Nombre, fecha de nacimiento, dirección, teléfono, sexo y género, raza y origen étnico, idioma, estado civil, familiares en el plan',
  },
  coverage: {
    label: 'Cobertura',
    explanation: 'El plan, el número de miembro, las fechas de inicio y fin, los deducibles',
  },
  claims: {
    label: 'Reclamaciones y lo que usted pagó',
    explanation:
      'Facturas de médicos, hospitales y farmacias con diagnósticos y tratamientos, lo que pagó el plan, autorizaciones previas',
  },
  conditions: {
    label: 'Problemas de salud',
    explanation: 'Diagnósticos, inquietudes de salud, historial familiar, riesgos',
  },
  medicines: {
    label: 'Medicamentos',
    explanation: 'Recetas, lo que se recogió en la farmacia, medicamentos cubiertos',
  },
  allergies: { label: 'Alergias', explanation: 'Alergias y lo que el cuerpo no tolera bien' },
  vaccines: { label: 'Vacunas', explanation: 'Vacunas puestas y vacunas que faltan' },
  results: {
    label: 'Resultados de pruebas y signos vitales',
    explanation:
      'Pruebas de laboratorio, presión arterial, peso, radiografías y otras imágenes, consumo de tabaco e historial social',
  },
  procedures: {
    label: 'Procedimientos y órdenes médicas',
    explanation: 'Cirugías, tratamientos, referidos, órdenes y mensajes sobre la atención médica',
  },
  visits: {
    label: 'Visitas y citas',
    explanation: 'Visitas al médico y estadías en el hospital y para qué fueron, citas',
  },
  plans: {
    label: 'Planes de cuidado y metas',
    explanation: 'Planes de cuidado, metas de salud, el equipo de atención médica',
  },
  devices: { label: 'Dispositivos médicos', explanation: 'Implantes y equipo médico' },
  documents: {
    label: 'Documentos y notas',
    explanation: 'Notas de visitas, cartas, formularios, de dónde vienen los datos',
  },
  providers: {
    label: 'Médicos, hospitales y otros proveedores',
    explanation: 'Nombres, especialidades y direcciones de quienes dieron la atención',
  },
  access: {
    label: 'Quién ha usado estos datos',
    explanation:
      'El registro de qué aplicaciones vieron estos datos y cuándo, y qué se permitió ver a cada una',
  },
  programs: {
    label: 'Programas y estudios',
    explanation: 'Medidas de calidad, estudios de investigación, programas de grupo',
  },
};

const sensitive: Record<SensitiveCategory, Words> = {
  'substance-use': {
    label: 'Tratamiento por alcohol o drogas',
    explanation:
      'Datos de la atención por el uso de alcohol o drogas. Una ley federal (42 CFR Parte 2) les da más protección.',
  },
  'mental-health': {
    label: 'Salud mental',
    explanation: 'Datos de la atención de salud mental, como terapia, consejería y psiquiatría',
  },
  'sexual-health': {
    label: 'Salud sexual y VIH',
    explanation:
      'Pruebas y tratamiento del VIH, infecciones de transmisión sexual, otra atención de salud sexual',
  },
  genetics: {
    label: 'Pruebas genéticas',
    explanation: 'Resultados de pruebas de genes y enfermedades que pueden venir de familia',
  },
  violence: {
    label: 'Abuso y violencia',
    explanation: 'Atención después de una agresión sexual, o de abuso o violencia en el hogar',
  },
  restricted: {
    label: 'Otros datos restringidos',
    explanation: 'Datos que el plan o un médico marcó como muy privados',
  },
};

export const es: Texts = {
  language: 'es',
  locale: 'es-US',
  languages: 'Idioma',
  newTab: '(se abre en otra pestaña)',
  problem: 'Problema',
  relationships: {
    self: 'Usted',
    spouse: 'Su cónyuge',
    child: 'Su hijo o hija',
    stepchild: 'Su hijastro o hijastra',
    'foster-child': 'Su hijo o hija de crianza',
    grandchild: 'Su nieto o nieta',
    ward: 'Usted es tutor o tutora de esta persona',
    parent: 'Su padre o madre',
    executor: 'Usted representa la sucesión de esta persona',
    'personal-representative': 'Usted representa a esta persona',
  },
  ...loginEs,
  ...mailEs,
  ...answerEs,
  ...recoveryEs,
  ...accessEs,
  ...receiptEs,
  choose: {
    title: '¿Los datos de quién?',
    why: (app) => `Puede compartir con “${app}” los datos de una persona a la vez.`,
    people: 'Compartir los datos de',
    submit: 'Continuar',
    deny: 'No permitir',
    missing: 'Elija una persona.',
    nobody: 'Esta cuenta no da acceso a los datos de ningún miembro, así que no hay nada que compartir.',
  },
  consent: {
    statements: statementsEs,
    title: (app) => `¿Compartir datos con “${app}”?`,
    titleUnverified: (app) => `¿Compartir datos con una aplicación que dice llamarse “${app}”?`,
    verified: (plan) => `Verificada por ${plan}`,
    verifiedWhy: 'Su plan ha verificado quién hace esta aplicación.',
    unverified: 'No verificada por su plan',
    unverifiedWhy: (plan) =>
      `${plan} no ha verificado este nombre y no sabe quién hace la aplicación. Siga solo si confía en ella y si fue usted quien inició esto desde la aplicación.`,
    sameName: (other, own) =>
      `Usted ya conectó otra aplicación con este nombre. Aquella vuelve a ${other}, y esta a ${own}. Por eso, es posible que la haga otra persona.`,
    about: 'Sobre la aplicación',
    claims: 'Lo que la aplicación dice de sí misma',
    publisher: 'Hecha por',
    domain: 'Sitio web',
    website: 'Sitio web',
    contact: 'Contacto',
    policy: 'Política de privacidad',
    terms: 'Condiciones de uso',
    noPolicy: 'La aplicación no dio ninguna',
    returnTo: 'Usted volverá a',
    device: 'una aplicación en este dispositivo',
    anyDevice: 'una aplicación en un dispositivo suyo',
    subject: 'Datos de',
    seenUntil: 'Se pueden ver hasta el',
    signedInAs: 'Sesión iniciada como',
    actsFor: (names) => `alguien que actúa en nombre de ${names}`,
    oneOther: 'otra persona',
    others: (count) => `otras ${count} personas`,
    actsForAMember: 'alguien que actúa en nombre de un miembro de este plan',
    notYou: '¿No es usted? Inicie sesión con otro nombre de usuario',
    kinds: 'Lo que la aplicación pide ver',
    untick: 'Desmarque lo que no quiera compartir.',
    overlap:
      'Lo que desmarque puede verse todavía en otros tipos: una reclamación, una visita o una receta dice para qué fue la atención, y la mayoría de los datos llevan el nombre de la persona.',
    everything:
      'La aplicación pide todo lo que tiene su plan, y también los tipos de datos que se agreguen después. Desmarque un tipo para compartir solo los demás.',
    groups: { plan: 'Plan y costos', health: 'Salud', more: 'Más' },
    onlyPart: (part) => `Solo una parte: ${part}`,
    readOnly: 'La aplicación puede ver estos datos y guardar una copia. No puede cambiar nada.',
    noData: 'La aplicación no recibe ningún dato de salud.',
    memberCode: (name) => `Recibe un código que corresponde a ${name}. Es el mismo cada vez.`,
    identity: 'Quién es usted',
    identityParts: {
      account: 'La aplicación recibe un código que corresponde a usted. Es el mismo cada vez.',
      member: 'La aplicación sabrá qué miembro inició sesión.',
      name: 'La aplicación sabrá el nombre de usted y qué miembro inició sesión.',
      'name-alone': 'La aplicación sabrá el nombre de usted.',
    },
    fhirUserParts: fhirUserEs,
    always: 'Siempre se comparte',
    sensitive: 'Datos muy privados',
    sensitiveWhy:
      'Estos datos no se comparten, estén donde estén en los datos de arriba, a menos que usted los marque. No tiene que marcar ninguno.',
    part2: (statement) =>
      `La aplicación recibe estos datos con este aviso en inglés: “${statement}” (En español: la Parte 2 de 42 CFR prohíbe usar o revelar estos datos sin autorización).`,
    part2NotCarried:
      'Esta aplicación no dice que guarde este aviso junto con los datos. Usted puede compartirlos con ella de todos modos.',
    planSums:
      'Hay algo que se comparte de todos modos: los totales de su plan, como cuánto ha usado de su deducible. Suman toda su atención médica y no dicen qué atención fue.',
    howLong: '¿Por cuánto tiempo?',
    howLongWhy: 'Puede cancelar este permiso en cualquier momento, en esta página:',
    connected: (revoke) =>
      `Usted ya conectó esta aplicación, y ese permiso sigue como lo dio entonces. Lo que elija aquí se suma a él. Para compartir menos, pulse primero “${revoke}” en esa página.`,
    once: {
      label: 'Solo esta vez',
      explanation: (minutes) =>
        `Unos ${minutes} minutos. Después, la aplicación tiene que pedirle permiso otra vez.`,
    },
    session: {
      label: 'Mientras su sesión esté abierta',
      explanation: (minutes, hours) =>
        `Termina cuando usted cierra la sesión, o ${minutes} minutos después de la última vez que inició sesión o compartió datos aquí. Nunca más de ${hours} horas.`,
    },
    days: { one: '1 día', label: (count) => `${count} días` },
    months: { one: '1 mes', label: (count) => `${count} meses` },
    until: (date) => `Hasta el ${date}, también cuando usted no esté usando la aplicación.`,
    after:
      'Una vez que usted comparta los datos, se les aplica la política de privacidad de la propia aplicación. Es posible que la ley de privacidad médica (HIPAA) no los proteja allí.',
    agree: 'Aceptar y compartir',
    deny: 'No permitir',
    other: 'Elegir otra persona',
    none: 'Deje marcado al menos un tipo de datos, o elija “No permitir”.',
    duration: 'Elija por cuánto tiempo.',
    changed: 'Algo en esta página cambió desde que usted la abrió. No se compartió nada. Revísela otra vez.',
    parameters: {
      category: 'tipo',
      code: 'código',
      status: 'estado',
      date: 'fecha',
      'service-date': 'fecha del servicio',
      _lastUpdated: 'último cambio',
    },
    bounds: {
      ge: (day) => `desde ${day}`,
      gt: (day) => `después de ${day}`,
      sa: (day) => `después de ${day}`,
      le: (day) => `hasta ${day}`,
      lt: (day) => `antes de ${day}`,
      eb: (day) => `antes de ${day}`,
    },
    values: {
      laboratory: 'resultados de laboratorio',
      'vital-signs': 'signos vitales',
      'social-history': 'historial social',
      survey: 'cuestionarios',
      sdoh: 'condiciones de vida',
      'encounter-diagnosis': 'diagnósticos de una visita',
      'problem-list-item': 'la lista de problemas de salud',
      'health-concern': 'inquietudes de salud',
      active: 'activo',
    },
    and: 'y',
    or: 'o',
    kindTexts: kinds,
    sensitiveTexts: sensitive,
  },
  member: {
    nav: 'Sus páginas',
    card: 'Tarjeta del seguro',
    apps: 'Aplicaciones conectadas',
    access: 'Quién vio mis datos',
    security: 'Seguridad',
    email: 'Correo',
    console: 'Consola de auditoría',
    openConsole: 'Abrir la consola de auditoría',
    noAuditor: 'Esta cuenta no es de un auditor. La consola de auditoría es para los auditores del plan.',
    loggedInAs: 'Sesión de',
    logOut: 'Cerrar sesión',
    logIn: 'Iniciar sesión',
    loggedOut: 'Usted cerró la sesión',
    loggedOutWhy:
      'Inicie sesión para ver qué aplicaciones pueden ver los datos de su plan de salud. Una aplicación que usted conectó en este navegador “Mientras su sesión esté abierta” pierde el acceso en diez minutos como máximo. Cerrar la sesión no desconecta las demás.',
  },
  apps: appsEs,
  error: {
    busy: 'Muchas personas están iniciando sesión ahora. Intente otra vez en unos segundos.',
    title: 'Esto no funcionó',
    expired: 'Esta página ya no es válida. Vuelva a la aplicación y empiece otra vez.',
    noCookies:
      'Esta página ya no es válida, o su navegador no guarda cookies. Permita las cookies de este sitio. Luego vuelva a la aplicación y empiece otra vez.',
    request: 'La aplicación envió una solicitud que no se puede responder. No se compartió nada.',
    launch:
      'El sitio de su plan abre una aplicación por poco tiempo y una sola vez. No se compartió nada. Vuelva al sitio de su plan y abra la aplicación otra vez desde allí.',
    forbidden:
      'Esta página no se puede usar así. No se compartió nada. Vuelva a la aplicación y empiece otra vez.',
    ownForbidden:
      'Esta página estuvo abierta mucho tiempo, o usted inició sesión otra vez desde entonces. No se cambió nada. Abra la página otra vez.',
    ownFailure:
      'Algo falló de nuestra parte. Es posible que no se haya cambiado nada. Abra la página otra vez y revise.',
    openAgain: 'Abrir la página otra vez',
    suspended:
      'Su plan pausó el acceso de las aplicaciones. No se comparte nada. Intente otra vez más tarde.',
    failure: 'Algo falló de nuestra parte. No se compartió nada. Intente otra vez en unos minutos.',
    help: 'Sobre este error',
    detail: 'Para quien desarrolla la aplicación',
    back: 'Volver a la aplicación',
    backTitle: '¿Volver?',
    backWhy: (app, plan) =>
      `La aplicación dice que se llama “${app}”. ${plan} no la ha verificado. Vuelva solo si vino de esta aplicación y confía en ella. La aplicación sabrá qué falló, pero nada sobre usted.`,
    requestId: 'Número de solicitud',
  },
};
