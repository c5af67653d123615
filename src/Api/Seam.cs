// Stands in for the model host and the store until they are here; this file is deleted then.
#pragma warning disable SA1402
namespace LifelongApi.Api.Hosting
{
    internal static class ModelHostingSeam
    {
        public static IServiceCollection AddModelHosting(this IServiceCollection services, IConfiguration configuration)
        {
            _ = configuration;
            return services.AddSingleton<IModelHost>(_ => throw new InvalidOperationException("The model host is not part of this build."));
        }
    }
}

namespace LifelongApi.Storage
{
    internal static class LifelongStore
    {
        public static ILifelongStore Open(string connectionString) =>
            throw new InvalidOperationException($"The store is not part of this build ({connectionString.Length} characters of connection string).");
    }
}
