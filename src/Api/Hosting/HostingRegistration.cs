using System.Runtime.CompilerServices;
using LifelongApi.Api.Encoders;
using LifelongApi.Storage;
using Microsoft.Extensions.Options;

[assembly: InternalsVisibleTo("LifelongApi.Api.Tests")]

namespace LifelongApi.Api.Hosting;

/// <summary>Puts hosting into the container.</summary>
internal static class HostingRegistration
{
    /// <summary>Adds <see cref="IModelHost"/> and <see cref="HostLife"/>. An <see cref="ILifelongStore"/> must be registered too.</summary>
    public static IServiceCollection AddModelHosting(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<HostingOptions>().Bind(configuration.GetSection(HostingOptions.Section)).Validate(
            options => options is { QueueCapacity: >= 1, QueueByteCapacity: >= 1, BatchEventCount: >= 1, BatchByteCount: >= 1, RecentOutcomeCount: >= 1, HousekeepingSeconds: > 0, MetricWindow: >= 1 and <= 100_000, ProbeCount: >= 0, ProbeSampleRows: >= 0 and <= 10_000, ProbeWaitSeconds: >= 0 and <= 600, EncoderBytes: >= 1 and <= 1 << 30, EncoderMemoryBytes: >= 1 << 20, EncoderSeconds: > 0 and <= 3600, OpenEncoders: >= 0 },
            "Lifelong: QueueCapacity, QueueByteCapacity, BatchEventCount, BatchByteCount and RecentOutcomeCount are 1 or more, HousekeepingSeconds is above 0, MetricWindow is 1 to 100,000, ProbeCount is 0 or more, ProbeSampleRows is 0 to 10,000, ProbeWaitSeconds is 0 to 600, EncoderBytes is 1 byte to 1 GiB, EncoderMemoryBytes is 1 MiB or more, EncoderSeconds is above 0 and at most 3600, OpenEncoders is 0 or more.").ValidateOnStart();
        services.AddSingleton(provider => new HostingContext(
            provider.GetRequiredService<ILifelongStore>(),
            provider.GetRequiredService<IOptions<HostingOptions>>().Value,
            provider.GetService<TimeProvider>() ?? TimeProvider.System,
            provider.GetRequiredService<ILoggerFactory>().CreateLogger("LifelongApi.Hosting")));
        services.AddSingleton<EncoderLibrary>();
        services.AddSingleton<FeatureEncoding>();
        services.AddSingleton<StreamRegistry>();
        services.AddSingleton<HostLife>();
        services.AddHostedService(provider => provider.GetRequiredService<HostLife>());
        services.AddSingleton<IModelHost, ModelHost>();
        return services;
    }
}
