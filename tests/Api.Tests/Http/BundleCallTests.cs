using System.Net;
using System.Net.Http.Headers;
using LifelongApi.Api.Tests.Fakes;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Problems;

namespace LifelongApi.Api.Tests.Http;

public sealed class BundleCallTests : IDisposable
{
    private const string Snapshots = "/v1/admin/models/vector/snapshots";
    private const string MediaType = "application/vnd.lifelong.bundle";
    private readonly TestService _service = new();

    public void Dispose() => _service.Dispose();

    [Theory]
    [InlineData("/export")]
    [InlineData("/3/export")]
    [InlineData("/3/export?encoder=false")]
    public async Task An_export_is_a_file_with_a_name_and_a_position(string path)
    {
        using var response = await _service.Client().GetAsync(Snapshots + path, Calls.Stop);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(MediaType, response.Content.Headers.ContentType!.MediaType);
        Assert.Equal("vector.bundle", response.Content.Headers.ContentDisposition!.FileName!.Trim('"'));
        Assert.Equal("\"1:7\"", response.Headers.ETag!.Tag);
        Assert.Equal([1, 2, 3], await response.Content.ReadAsByteArrayAsync(Calls.Stop));
        Assert.Equal(!path.EndsWith("false", StringComparison.Ordinal), _service.Host.ExportedEncoder);
    }

    [Fact]
    public async Task An_import_is_created_and_says_where_it_is()
    {
        using var response = await ImportAsync("/v1/admin/models/copy/snapshots/import", MediaType);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("/v1/models/copy", response.Headers.Location!.OriginalString);
        Assert.Equal("copy", (await response.ReadAsync<ModelInfo>()).Name);
    }

    [Fact]
    public async Task Mistakes_are_told_before_anything_is_read()
    {
        await (await _service.Client().GetAsync(Snapshots + "/export?version=3", Calls.Stop)).AsProblemAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidRequest);
        await (await _service.Client().GetAsync(Snapshots + "/export?encoder=maybe", Calls.Stop)).AsProblemAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidRequest);
        await (await _service.Client().GetAsync(Snapshots + "/99/export", Calls.Stop)).AsProblemAsync(HttpStatusCode.NotFound, ProblemTypes.NotFound);
        await (await _service.Client().GetAsync(Snapshots + "/3/diff/99", Calls.Stop)).AsProblemAsync(HttpStatusCode.NotFound, ProblemTypes.NotFound);
        await (await ImportAsync("/v1/admin/models/co%20py/snapshots/import", MediaType)).AsProblemAsync(HttpStatusCode.BadRequest, ProblemTypes.InvalidRequest);
        await (await ImportAsync("/v1/admin/models/copy/snapshots/import", "application/json")).AsProblemAsync(HttpStatusCode.UnsupportedMediaType, ProblemTypes.NotSupported);
    }

    private Task<HttpResponseMessage> ImportAsync(string path, string mediaType)
    {
        var content = new ByteArrayContent([1, 2, 3]);
        content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return _service.Client().PostAsync(path, content, Calls.Stop);
    }
}
