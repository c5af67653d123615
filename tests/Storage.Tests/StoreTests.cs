using LifelongApi.Testing;

namespace LifelongApi.Storage.Tests;

public sealed class StoreTests
{
    [Theory, MemberData(nameof(Stores.Both), MemberType = typeof(Stores))]
    public async Task The_connection_string_decides_the_store(string provider)
    {
        await using var database = await TestDatabase.CreateAsync(provider);
        await using var store = LifelongStore.Open(database.ConnectionString);

        Assert.Equal(provider, store.Provider);
    }

    [Theory]
    [InlineData("")]
    [InlineData("lifelong.db")]
    [InlineData("Database=lifelong")]
    [InlineData("Data Source=:memory:")]
    [InlineData("Data Source=")]
    [InlineData("Data Source=x.db;Colour=blue")]
    [InlineData("Host=localhost;Colour=blue")]
    [InlineData("Host=localhost;Port=many")]
    public void A_connection_string_that_means_nothing_is_refused_with_a_reason(string connectionString)
    {
        var refused = Assert.Throws<ArgumentException>(() => LifelongStore.Open(connectionString));

        Assert.Equal("connectionString", refused.ParamName);
    }

    [Fact]
    public async Task The_folder_of_a_SQLite_file_is_made()
    {
        var folder = Directory.CreateTempSubdirectory("lifelong");
        var path = Path.Combine(folder.FullName, "deep", "down", "x.db");
        await using (var store = LifelongStore.Open($"Data Source={path}"))
        {
            await store.MigrateAsync(StoreFixture.Cancellation);
            Assert.True(File.Exists(path));
        }

        folder.Delete(recursive: true);
    }

    [Fact]
    public void Storage_moves_bytes_and_knows_neither_learning_nor_HTTP()
    {
        var references = typeof(LifelongStore).Assembly.GetReferencedAssemblies().Select(name => name.Name!).ToList();

        Assert.Contains("LifelongApi.Contracts", references);
        Assert.DoesNotContain(references, name => name is "LifelongApi.Learning" or "LifelongApi.Api" || name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal));
    }
}
