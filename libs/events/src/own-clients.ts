/** Clients by which auth-service itself asks the data services. No app has such an id: apps have random ones. */

/** The members' own pages. */
export const MEMBER_PAGES_CLIENT_ID = 'member-pages';

/** Whoever opened a link to a card. Its name in an event is what the opener calls itself, so each event may have another one. */
export const CARD_LINK_CLIENT_ID = 'card-link';

/** What a member's data was given to under one of these ids is no app. */
export const OWN_CLIENT_IDS: readonly string[] = [MEMBER_PAGES_CLIENT_ID, CARD_LINK_CLIENT_ID];
