using LifelongApi.Cli.Rows;

namespace LifelongApi.Clients.Tests.Cli;

public sealed class RowIdentityTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_file_keeps_its_ids_wherever_it_lies()
    {
        var here = await IdAsync(_folder.Write("one/a.csv", "x\n1\n"));
        var there = await IdAsync(_folder.Write("two/a.csv", "x\n1\n"));

        Assert.Equal(here, there);
        Assert.EndsWith(":12", here, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_name_length_or_beginning_makes_other_ids()
    {
        string[] ids =
        [
            await IdAsync(_folder.Write("a.csv", "x\n1\n")),
            await IdAsync(_folder.Write("b.csv", "x\n1\n")),
            await IdAsync(_folder.Write("other/a.csv", "x\n2\n")),
            await IdAsync(_folder.Write("longer/a.csv", "x\n1\n\n")),
            await IdAsync(_folder.PathOf("a.csv"), _folder.PathOf("b.csv")),
        ];

        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(ids, id => Assert.InRange(id.Length, 4, 128));
    }

    // Stored journals hold such ids: changing how they are made would learn known rows again.
    [Fact]
    public async Task Ids_never_change_between_versions_of_the_command() =>
        Assert.Equal("409fd9791dbf1e16:12", await IdAsync(_folder.Write("golden.csv", "x,class\n1,a\n")));

    private static async Task<string> IdAsync(params string[] paths) =>
        (await RowIdentity.OfAsync(paths, TestContext.Current.CancellationToken)).EventId(12);
}
