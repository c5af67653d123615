using LifelongApi.Api.Access;
using LifelongApi.Api.Learning;
using LifelongApi.Api.Requests;
using LifelongApi.Storage;
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
        builder.Services.AddSingleton(_ => open(location.ConnectionString));
        builder.Services.AddSingleton<StoreStartup>();
        builder.Services.AddHostedService(services => services.GetRequiredService<StoreStartup>());
    }

    /// <summary>API keys.</summary>
    public static void AddAccess(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(ConfiguredKeys.Read(configuration));
        services.AddSingleton<ApiKeys>();
        services.AddHostedService<LoopbackGuard>();
    }

    /// <summary>Reading requests and answering them.</summary>
    public static void AddRequests(this IServiceCollection services, IConfiguration configuration)
    {
        services.Configure<ApiOptions>(configuration.GetSection(ApiOptions.Section));
        services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTimeout);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<ObjectPool<EventReader>>(new DefaultObjectPool<EventReader>(new DefaultPooledObjectPolicy<EventReader>()));
        services.AddSingleton<ObjectPool<PredictCall>>(new DefaultObjectPool<PredictCall>(new DefaultPooledObjectPolicy<PredictCall>()));
    }
}
