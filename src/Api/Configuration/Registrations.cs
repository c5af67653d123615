using LifelongApi.Api.Access;
using LifelongApi.Api.Learning;
using LifelongApi.Api.Requests;
using LifelongApi.Storage;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Extensions.ObjectPool;

namespace LifelongApi.Api.Configuration;

/// <summary>What the parts of the HTTP side need from the container.</summary>
internal static class Registrations
{
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The store that <c>ConnectionStrings:Lifelong</c> names.</summary>
    public static void AddStore(this WebApplicationBuilder builder, Func<string, ILifelongStore> open)
    {
        var location = StoreLocation.Of(builder.Configuration, builder.Environment.ContentRootPath);
        builder.Services.AddSingleton(location);
        builder.Services.AddSingleton(_ => Open(location, open));
        builder.Services.AddSingleton<StoreStartup>();
        builder.Services.AddHostedService(services => services.GetRequiredService<StoreStartup>());
    }

    /// <summary>
    /// A line of log for every request would bury everything else, and a tracing activity that nobody reads would be made for each; whoever wants them sets the level in the configuration.
    /// </summary>
    public static void AddQuietLog(this WebApplicationBuilder builder)
    {
        const string Framework = "Logging:LogLevel:Microsoft.AspNetCore";
        var defaults = new Dictionary<string, string?> { [Framework] = "Warning" };
        if (builder.Configuration[Framework] is null && builder.Configuration[$"{Framework}.Hosting"] is null)
        {
            defaults[$"{Framework}.Hosting.Diagnostics"] = "None";
        }

        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource { InitialData = defaults });
    }

    /// <summary>API keys.</summary>
    public static void AddAccess(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(ConfiguredKeys.Read(configuration));
        services.AddSingleton<ApiKeys>();
        services.AddSingleton<LoopbackGuard>();
    }

    /// <summary>Reading requests and answering them.</summary>
    public static void AddRequests(this IServiceCollection services, IConfiguration configuration)
    {
        services.Configure<ApiOptions>(configuration.GetSection(ApiOptions.Section));
        services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ObjectPool<EventReader>>(new DefaultObjectPool<EventReader>(new DefaultPooledObjectPolicy<EventReader>()));
        services.AddSingleton<ObjectPool<JsonAnswer>>(new DefaultObjectPool<JsonAnswer>(new DefaultPooledObjectPolicy<JsonAnswer>()));
        services.AddSingleton<ObjectPool<PredictCall>>(new DefaultObjectPool<PredictCall>(new DefaultPooledObjectPolicy<PredictCall>()));
    }

    private static ILifelongStore Open(StoreLocation location, Func<string, ILifelongStore> open)
    {
        try
        {
            return open(location.ConnectionString);
        }
        catch (Exception error) when (error is ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new StartupRefusedException($"the store of ConnectionStrings:Lifelong ({location.Description}) cannot be opened: {error.Message}", error);
        }
    }
}
