import type { memberHelpEn } from './member-help.en.ts';

/** The same in Spanish. */
export const memberHelpEs: typeof memberHelpEn = {
  memberHelp: {
    link: 'Qué pasa con sus datos en una aplicación',
    title: 'Sus datos de salud y las aplicaciones',
    why: (plan) =>
      `${plan} le permite compartir los datos de su plan de salud con una aplicación que usted elija. No tiene que hacerlo. Lea esto antes de decidir.`,
    sections: {
      afterwards: {
        heading: 'Qué pasa con sus datos',
        paragraphs: [
          'La aplicación recibe una copia de los tipos de datos que usted autoriza. Desde ese momento, la aplicación decide qué pasa con la copia, según su propia política de privacidad.',
          'Sus datos pueden decir más de lo que piensa: una reclamación por un medicamento o una visita muestra para qué recibe tratamiento. Sus datos también pueden decir algo sobre su familia.',
        ],
      },
      law: {
        heading: 'Qué leyes los protegen',
        paragraphs: [
          'HIPAA es una ley federal que protege los datos de salud. Los planes de salud deben cumplirla, y también la mayoría de los médicos, hospitales, clínicas y farmacias, y las empresas que trabajan para ellos. La Oficina de Derechos Civiles (OCR) vigila que la cumplan.',
          'La mayoría de las aplicaciones no tienen que cumplir con HIPAA. Tampoco la mayoría de los empleadores, las aseguradoras de vida ni las empresas que fabrican dispositivos de actividad física. Cuando sus datos están en una aplicación, es posible que HIPAA no proteja esa copia.',
          'La Comisión Federal de Comercio (FTC) vigila las aplicaciones. Puede actuar si una aplicación hace algo distinto de lo que dijo que haría. La aplicación debe avisarle si alguien roba sus datos.',
        ],
      },
      choosing: {
        heading: 'Qué revisar antes de elegir una aplicación',
        paragraphs: [
          'Busque una política de privacidad que pueda leer y entender. Si no la hay, no use la aplicación.',
          '¿Dice la aplicación qué datos toma y para qué? ¿Vende o comparte sus datos, o los usa para publicidad o investigación? ¿Puede usted impedirlo?',
          '¿Cómo protege la aplicación sus datos? ¿Puede usted ver y corregir lo que tiene? ¿Qué pasa con sus datos cuando usted elimina su cuenta?',
          'Proteja también usted sus datos: bloquee su teléfono y su computadora, elija una contraseña que no use en ningún otro lugar, no se la dé a nadie y comparta solo los tipos de datos que la aplicación necesita.',
        ],
      },
      takingBack: {
        heading: 'Cómo cancelar el permiso',
        paragraphs: [
          'Abra “Aplicaciones conectadas” en su plan y presione “Cancelar el permiso” junto a la aplicación. Desde ese momento, la aplicación no recibe nada más.',
          'La aplicación puede conservar lo que ya tiene. Pídale que lo elimine.',
        ],
      },
      complaints: {
        heading: 'Dónde presentar una queja',
        paragraphs: [
          'Sobre su plan o su médico: la Oficina de Derechos Civiles (OCR) del Departamento de Salud y Servicios Humanos de los EE. UU., hhs.gov/ocr/complaints.',
          'Sobre una aplicación: la Comisión Federal de Comercio (FTC), reportfraud.ftc.gov.',
        ],
      },
    },
    askHeading: 'A quién preguntar',
    ask: (plan) => `Llame a ${plan} al número que aparece en su tarjeta de miembro.`,
    apps: 'Vea sus aplicaciones conectadas',
  },
};
