package clients;

import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.rest.client.api.IGenericClient;
import ca.uhn.fhir.rest.client.api.ServerValidationModeEnum;
import ca.uhn.fhir.rest.client.interceptor.BearerTokenAuthInterceptor;
import com.nimbusds.oauth2.sdk.AuthorizationCode;
import com.nimbusds.oauth2.sdk.AuthorizationCodeGrant;
import com.nimbusds.oauth2.sdk.AuthorizationResponse;
import com.nimbusds.oauth2.sdk.ResponseType;
import com.nimbusds.oauth2.sdk.Scope;
import com.nimbusds.oauth2.sdk.TokenRequest;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.id.Issuer;
import com.nimbusds.oauth2.sdk.id.State;
import com.nimbusds.oauth2.sdk.pkce.CodeChallengeMethod;
import com.nimbusds.oauth2.sdk.pkce.CodeVerifier;
import com.nimbusds.openid.connect.sdk.AuthenticationRequest;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponse;
import com.nimbusds.openid.connect.sdk.OIDCTokenResponseParser;
import com.nimbusds.openid.connect.sdk.op.OIDCProviderMetadata;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.util.Map;
import org.hl7.fhir.r4.model.Bundle;
import org.hl7.fhir.r4.model.Coverage;
import org.hl7.fhir.r4.model.Patient;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.security.oauth2.client.endpoint.OAuth2AuthorizationCodeGrantRequest;
import org.springframework.security.oauth2.client.endpoint.RestClientAuthorizationCodeTokenResponseClient;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrations;
import org.springframework.security.oauth2.client.registration.InMemoryClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestCustomizers;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.core.endpoint.OAuth2AccessTokenResponse;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationExchange;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationRequest;
import org.springframework.security.oauth2.core.endpoint.OAuth2AuthorizationResponse;

/**
 * The recipes of docs/developers/libraries.md. Each library asks for a code, redeems it and reads. Where a member acts, the
 * program prints the address to open, and reads the address at which the member came back.
 */
public final class Clients {
  private static final String SCOPE = "openid fhirUser launch/patient patient/Patient.rs patient/Coverage.rs";
  private static final BufferedReader CALLBACKS = new BufferedReader(new InputStreamReader(System.in));

  private record App(String issuer, String fhirBase, String clientId, String redirectUri) {}

  private record Tokens(String accessToken, String patient) {}

  /** Whoever started this program logs in as a member. */
  private static URI opened(URI address) throws Exception {
    System.out.println("open " + address);
    return URI.create(CALLBACKS.readLine());
  }

  private static Tokens nimbus(App app) throws Exception {
    OIDCProviderMetadata provider = OIDCProviderMetadata.resolve(new Issuer(app.issuer()));
    URI redirect = URI.create(app.redirectUri());
    ClientID client = new ClientID(app.clientId());
    CodeVerifier verifier = new CodeVerifier();
    State state = new State();
    AuthenticationRequest request =
        new AuthenticationRequest.Builder(ResponseType.CODE, Scope.parse(SCOPE), client, redirect)
            .endpointURI(provider.getAuthorizationEndpointURI())
            .state(state)
            .codeChallenge(verifier, CodeChallengeMethod.S256)
            .customParameter("aud", app.fhirBase())
            .build();
    AuthorizationResponse answer = AuthorizationResponse.parse(opened(request.toURI()));
    if (!answer.indicatesSuccess() || !state.equals(answer.getState())) throw new IllegalStateException("refused");
    AuthorizationCode code = answer.toSuccessResponse().getAuthorizationCode();
    TokenRequest redeem =
        new TokenRequest.Builder(
                provider.getTokenEndpointURI(), client, new AuthorizationCodeGrant(code, redirect, verifier))
            .build();
    OIDCTokenResponse tokens =
        (OIDCTokenResponse) OIDCTokenResponseParser.parse(redeem.toHTTPRequest().send()).toSuccessResponse();
    return new Tokens(
        tokens.getOIDCTokens().getAccessToken().getValue(), (String) tokens.getCustomParameters().get("patient"));
  }

  private static Tokens spring(App app) throws Exception {
    ClientRegistration plan =
        ClientRegistrations.fromIssuerLocation(app.issuer())
            .registrationId("plan")
            .clientId(app.clientId())
            .clientAuthenticationMethod(ClientAuthenticationMethod.NONE)
            .redirectUri(app.redirectUri())
            .scope(SCOPE.split(" "))
            .build();
    DefaultOAuth2AuthorizationRequestResolver resolver =
        new DefaultOAuth2AuthorizationRequestResolver(
            new InMemoryClientRegistrationRepository(plan), "/oauth2/authorization");
    resolver.setAuthorizationRequestCustomizer(
        OAuth2AuthorizationRequestCustomizers.withPkce()
            .andThen(request -> request.additionalParameters(Map.of("aud", app.fhirBase()))));
    OAuth2AuthorizationRequest request = resolver.resolve(new MockHttpServletRequest(), "plan");
    Map<String, String> answer = Query.parse(opened(URI.create(request.getAuthorizationRequestUri())));
    OAuth2AuthorizationResponse response =
        OAuth2AuthorizationResponse.success(answer.get("code"))
            .state(answer.get("state"))
            .redirectUri(app.redirectUri())
            .build();
    OAuth2AccessTokenResponse tokens =
        new RestClientAuthorizationCodeTokenResponseClient()
            .getTokenResponse(
                new OAuth2AuthorizationCodeGrantRequest(plan, new OAuth2AuthorizationExchange(request, response)));
    return new Tokens(
        tokens.getAccessToken().getTokenValue(), (String) tokens.getAdditionalParameters().get("patient"));
  }

  /** @return how many coverages the member has, over all pages */
  private static int hapi(App app, Tokens tokens) {
    FhirContext r4 = FhirContext.forR4();
    r4.getRestfulClientFactory().setServerValidationMode(ServerValidationModeEnum.NEVER);
    IGenericClient client = r4.newRestfulGenericClient(app.fhirBase());
    client.registerInterceptor(new BearerTokenAuthInterceptor(tokens.accessToken()));
    Patient patient = client.read().resource(Patient.class).withId(tokens.patient()).execute();
    int found = 0;
    Bundle page =
        client
            .search()
            .forResource(Coverage.class)
            .where(Coverage.BENEFICIARY.hasId(patient.getIdElement().toUnqualifiedVersionless()))
            .count(1)
            .returnBundle(Bundle.class)
            .execute();
    while (true) {
      found += page.getEntry().size();
      if (page.getLink(Bundle.LINK_NEXT) == null) return found;
      page = client.loadPage().next(page).execute();
    }
  }

  public static void main(String[] arguments) throws Exception {
    App app = new App(arguments[0], arguments[1], arguments[2], arguments[3]);
    System.out.println("nimbus " + hapi(app, nimbus(app)));
    System.out.println("spring " + hapi(app, spring(app)));
  }
}
