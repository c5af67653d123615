using System.Net;
using LifelongApi.Api.Access;
using LifelongApi.Api.Configuration;
using LifelongApi.Api.Tests.Fakes;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LifelongApi.Api.Tests.Http;

public sealed class AccessTests
{
    private static Dictionary<string, string> Keys(params (string Name, string Scopes)[] keys) => keys
        .SelectMany((key, i) => new[] { ($"Lifelong:ApiKeys:{i}:Name", key.Name), ($"Lifelong:ApiKeys:{i}:Key", $"{key.Name}-key"), ($"Lifelong:ApiKeys:{i}:Scopes", key.Scopes) })
        .ToDictionary(pair => pair.Item1, pair => pair.Item2);

    [Theory]
    [InlineData("predict", 200, 403, 403, 403)]
    [InlineData("learn", 403, 200, 403, 403)]
    [InlineData("read", 403, 403, 200, 403)]
    [InlineData("predict,learn", 200, 200, 403, 403)]
    [InlineData("admin", 200, 200, 200, 204)]
    public async Task A_key_may_do_what_its_scopes_say(string scopes, int predict, int learn, int read, int admin)
    {
        using var service = new TestService(Keys(("k", scopes)));
        var client = service.Client("k-key");
        const string Event = """{"features":[1,2,3,4]}""";

        Assert.Equal(predict, (int)(await client.PostJsonAsync("/v1/models/vector/predict", Event)).StatusCode);
        Assert.Equal(learn, (int)(await client.PostJsonAsync("/v1/models/vector/learn", Event)).StatusCode);
        Assert.Equal(learn, (int)(await client.PostAsync("/v1/streams/vector/tasks/t:begin", null, Calls.Stop)).StatusCode);
        Assert.Equal(read, (int)(await client.GetAsync("/v1/models/vector/metrics", Calls.Stop)).StatusCode);
        Assert.Equal(admin, (int)(await client.DeleteAsync("/v1/models/vector", Calls.Stop)).StatusCode);
    }

    [Fact]
    public async Task Without_a_key_or_with_a_wrong_one_the_answer_is_401()
    {
        using var service = new TestService(Keys(("k", "admin")));

        var none = await service.Client().GetAsync("/v1/models", Calls.Stop);
        await none.AsProblemAsync(HttpStatusCode.Unauthorized, ProblemTypes.Unauthenticated);
        Assert.Equal("Bearer", Assert.Single(none.Headers.WwwAuthenticate).Scheme);
        await (await service.Client("k-kez").GetAsync("/v1/models", Calls.Stop)).AsProblemAsync(HttpStatusCode.Unauthorized, ProblemTypes.Unauthenticated);
        await (await service.Client("other").GetAsync("/v1/models", Calls.Stop)).AsProblemAsync(HttpStatusCode.Unauthorized, ProblemTypes.Unauthenticated);
    }

    [Fact]
    public async Task A_bearer_token_is_a_key_and_its_name_is_the_actor()
    {
        using var service = new TestService(Keys(("shop", "learn")));
        var client = service.Client();
        client.DefaultRequestHeaders.Authorization = new("Bearer", "shop-key");

        Assert.Equal(HttpStatusCode.OK, (await client.PostJsonAsync("/v1/models/vector/learn", """{"features":[1,2,3,4]}""")).StatusCode);
        Assert.Equal("shop", Assert.Single(service.Host.Models["vector"].Learned).Actor);
        await client.PostAsync("/v1/streams/vector/tasks/t:begin", null, Calls.Stop);
        Assert.Equal("shop", service.Host.Actor);
    }

    [Theory]
    [InlineData("/livez")]
    [InlineData("/readyz")]
    [InlineData("/swagger/v1/swagger.json")]
    [InlineData("/swagger/index.html")]
    public async Task Health_and_documentation_need_no_key(string path)
    {
        using var service = new TestService(Keys(("k", "admin")));

        Assert.Equal(HttpStatusCode.OK, (await service.Client().GetAsync(path, Calls.Stop)).StatusCode);
    }

    [Fact]
    public async Task A_key_made_here_works_until_it_is_revoked()
    {
        using var service = new TestService(Keys(("root", "admin")));
        var root = service.Client("root-key");

        var created = await root.PostJsonAsync("/v1/admin/keys", """{"name":"shop","scopes":["read"]}""");
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var shop = service.Client((await created.ReadAsync<ApiKeyCreated>()).Key);
        Assert.Equal(HttpStatusCode.OK, (await shop.GetAsync("/v1/models", Calls.Stop)).StatusCode);
        await (await shop.GetAsync("/v1/admin/keys", Calls.Stop)).AsProblemAsync(HttpStatusCode.Forbidden, ProblemTypes.Forbidden);

        var list = await root.GetAsync("/v1/admin/keys", Calls.Stop);
        Assert.DoesNotContain("lla_", await list.Content.ReadAsStringAsync(Calls.Stop), StringComparison.Ordinal);
        Assert.Equal("shop", Assert.Single((await list.ReadAsync<Page<ApiKeyInfo>>()).Items).Name);
        await (await root.PostJsonAsync("/v1/admin/keys", """{"name":"shop","scopes":["read"]}""")).AsProblemAsync(HttpStatusCode.Conflict, ProblemTypes.AlreadyExists);
        await (await root.PostJsonAsync("/v1/admin/keys", """{"name":"x","scopes":["fly"]}""")).AsInvalidAsync("scopes");

        Assert.Equal(HttpStatusCode.NoContent, (await root.DeleteAsync("/v1/admin/keys/shop", Calls.Stop)).StatusCode);
        await (await shop.GetAsync("/v1/models", Calls.Stop)).AsProblemAsync(HttpStatusCode.Unauthorized, ProblemTypes.Unauthenticated);
    }

    [Fact]
    public async Task The_first_key_ends_the_keyless_time_and_must_be_an_admin()
    {
        using var service = new TestService();
        var client = service.Client();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/v1/models", Calls.Stop)).StatusCode);

        await (await client.PostJsonAsync("/v1/admin/keys", """{"name":"shop","scopes":["read"]}""")).AsProblemAsync(HttpStatusCode.Conflict, ProblemTypes.Conflict);
        await client.PostJsonAsync("/v1/admin/keys", """{"name":"root","scopes":["admin"]}""");

        await (await client.GetAsync("/v1/models", Calls.Stop)).AsProblemAsync(HttpStatusCode.Unauthorized, ProblemTypes.Unauthenticated);
    }

    [Fact]
    public async Task A_known_key_is_trusted_while_the_store_is_away()
    {
        using var service = new TestService(new(Keys(("root", "admin"))) { ["Lifelong:KeyLifetimeSeconds"] = "0" });
        var created = await (await service.Client("root-key").PostJsonAsync("/v1/admin/keys", """{"name":"shop","scopes":["predict"]}""")).ReadAsync<ApiKeyCreated>();
        var shop = service.Client(created.Key);
        Assert.Equal(HttpStatusCode.OK, (await shop.PostJsonAsync("/v1/models/vector/predict", """{"features":[1,2,3,4]}""")).StatusCode);

        service.Store.IsAway = true;

        Assert.Equal(HttpStatusCode.OK, (await shop.PostJsonAsync("/v1/models/vector/predict", """{"features":[1,2,3,4]}""")).StatusCode);
        await (await service.Client("never-seen").GetAsync("/v1/models", Calls.Stop)).AsProblemAsync(HttpStatusCode.ServiceUnavailable, ProblemTypes.Unavailable);
    }

    [Theory]
    [InlineData("192.168.1.5", 403)]
    [InlineData("127.0.0.1", 200)]
    [InlineData("::ffff:127.0.0.1", 200)]
    [InlineData("::1", 200)]
    public async Task Without_keys_only_this_machine_is_answered(string address, int status)
    {
        using var service = new TestService();
        var context = await service.Server.SendAsync(
            request =>
            {
                request.Request.Method = "GET";
                request.Request.Path = "/v1/models";
                request.Connection.RemoteIpAddress = IPAddress.Parse(address);
            },
            Calls.Stop);

        Assert.Equal(status, context.Response.StatusCode);
    }

    [Fact]
    public async Task An_open_address_without_a_key_refuses_to_start()
    {
        var store = new FakeStore();
        store.Migrated.SetResult();
        var open = new ListenPlan([BindingAddress.Parse("http://0.0.0.0:8080")]);
        var local = new ListenPlan([BindingAddress.Parse("http://127.0.0.1:8080"), BindingAddress.Parse("http://[::1]:1"), BindingAddress.Parse("http://localhost:2")]);
        var none = ConfiguredKeys.Read(Configuration([]));
        var one = ConfiguredKeys.Read(Configuration(Keys(("k", "admin"))));

        var refused = await Assert.ThrowsAsync<StartupRefusedException>(() => new LoopbackGuard(open, none, store).RequireAsync(Calls.Stop));
        Assert.Contains("0.0.0.0", refused.Message, StringComparison.Ordinal);
        await new LoopbackGuard(local, none, store).RequireAsync(Calls.Stop);
        await new LoopbackGuard(open, one, store).RequireAsync(Calls.Stop);
        await store.AddAsync(new Storage.Access.ApiKeyRecord("k", new byte[32], "admin", 0, null), Calls.Stop);
        await new LoopbackGuard(open, none, store).RequireAsync(Calls.Stop);
    }

    [Fact]
    public void A_key_without_text_or_with_an_unknown_scope_refuses_to_start()
    {
        Assert.Throws<StartupRefusedException>(() => ConfiguredKeys.Read(Configuration(Keys(("k", "fly")))));
        Assert.Throws<StartupRefusedException>(() => ConfiguredKeys.Read(Configuration(new() { ["Lifelong:ApiKeys:0:Key"] = "", ["Lifelong:ApiKeys:0:Scopes"] = "admin" })));
        Assert.Throws<StartupRefusedException>(() => ConfiguredKeys.Read(Configuration(Keys(("k", "admin"), ("k", "read")))));
    }

    [Fact]
    public async Task The_service_is_not_ready_before_the_store_is()
    {
        using var service = new TestService(isReady: false);
        var client = service.Client();

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/livez", Calls.Stop)).StatusCode);
        await (await client.GetAsync("/readyz", Calls.Stop)).AsProblemAsync(HttpStatusCode.ServiceUnavailable, ProblemTypes.Unavailable);
        await (await client.GetAsync("/v1/models", Calls.Stop)).AsProblemAsync(HttpStatusCode.ServiceUnavailable, ProblemTypes.Unavailable);

        service.Store.Migrated.SetResult();
        await service.Services.GetRequiredService<StoreStartup>().ExecuteTask!.WaitAsync(Calls.Stop);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/readyz", Calls.Stop)).StatusCode);

        service.Store.IsAway = true;
        await (await client.GetAsync("/readyz", Calls.Stop)).AsProblemAsync(HttpStatusCode.ServiceUnavailable, ProblemTypes.Unavailable);
    }

    private static Microsoft.Extensions.Configuration.IConfiguration Configuration(Dictionary<string, string> settings) =>
        Microsoft.Extensions.Configuration.MemoryConfigurationBuilderExtensions.AddInMemoryCollection(
            new Microsoft.Extensions.Configuration.ConfigurationBuilder(), settings!).Build();
}
