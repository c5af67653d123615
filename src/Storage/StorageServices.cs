using Microsoft.Extensions.DependencyInjection;

namespace LifelongApi.Storage;

/// <summary>Registers the store with a service collection.</summary>
public static class StorageServices
{
    /// <summary>Adds <see cref="ILifelongStore"/> as a singleton that is closed with the application.</summary>
    /// <param name="services">Services to add to.</param>
    /// <param name="connectionString">See <see cref="LifelongStore.Open"/>.</param>
    /// <returns>The same services.</returns>
    /// <exception cref="ArgumentException">When the store is first asked for: the connection string is neither SQLite's nor Postgres'.</exception>
    public static IServiceCollection AddLifelongStorage(this IServiceCollection services, string connectionString)
        => services.AddSingleton(_ => LifelongStore.Open(connectionString));
}
