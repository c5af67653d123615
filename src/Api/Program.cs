using LifelongApi.Api.Access;
using LifelongApi.Api.Bundles;
using LifelongApi.Api.Configuration;
using LifelongApi.Api.Encoders;
using LifelongApi.Api.Events;
using LifelongApi.Api.Exports;
using LifelongApi.Api.Followers;
using LifelongApi.Api.Health;
using LifelongApi.Api.History;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.Learning;
using LifelongApi.Api.Models;
using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Probes;
using LifelongApi.Api.Problems;
using LifelongApi.Api.Requests;
using LifelongApi.Api.Sleep;
using LifelongApi.Api.Snapshots;
using LifelongApi.Api.Streams;
using LifelongApi.Storage;
using Microsoft.AspNetCore.Connections;

try
{
    // Settings are read once. Watching their folder for changes would also watch the data in it, at a cost for every write.
    var builder = WebApplication.CreateBuilder(["--hostBuilder:reloadConfigOnChange=false", .. args]);
    builder.AddQuietLog();
    builder.AddListening();
    builder.AddStore(LifelongStore.Open);
    builder.Services.AddAccess(builder.Configuration);
    builder.Services.AddModelHosting(builder.Configuration);
    builder.Services.AddRequests(builder.Configuration);
    builder.Services.AddDocumentation();

    var app = builder.Build();
    app.UseMiddleware<ProblemMiddleware>();
    app.UseDocumentation();
    app.UseRouting();
    app.UseMiddleware<ReadinessGate>();
    app.UseMiddleware<AccessMiddleware>();

    app.MapModels();
    app.MapLearning();
    app.MapEvents();
    app.MapStreams();
    app.MapProbes();
    app.MapSnapshots();
    app.MapEncoders();
    app.MapBundles();
    app.MapExports();
    app.MapSleep();
    app.MapFollowers();
    app.MapHistory();
    app.MapAccess();
    app.MapHealth();
    app.MapGet("/", () => Results.Redirect("/swagger")).ExcludeFromDescription();

    await app.Services.GetRequiredService<LoopbackGuard>().RequireAsync(app.Lifetime.ApplicationStopping);
    app.PrintWhenStarted();
    await app.RunAsync();
    return 0;
}
catch (Exception refused) when (refused is StartupRefusedException or IOException { InnerException: AddressInUseException })
{
    await Console.Error.WriteLineAsync($"LifelongApi does not start: {refused.Message}");
    return 1;
}
