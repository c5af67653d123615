using System.Net;
using Google.Protobuf;
using LifelongApi.Api.Tests.Fakes;
using LifelongApi.Contracts.Admin;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Problems;
using LifelongApi.Onnx.Schema;
using LifelongApi.Testing;

namespace LifelongApi.Api.Tests.Http;

public sealed class EncoderTests : IDisposable
{
    private readonly TestService _service = new(new() { ["Lifelong:EncoderBytes"] = "20000" });

    public void Dispose() => _service.Dispose();

    [Fact]
    public async Task An_encoder_is_uploaded_once_listed_shown_and_deleted()
    {
        var client = _service.Client();
        var first = await PutAsync("tiny", TinyNetwork.Bytes());
        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal("/v1/admin/encoders/tiny", first.Headers.Location?.OriginalString);
        var info = await first.ReadAsync<EncoderInfo>();
        Assert.Equal(("tiny", "tests", 17L, "x", TensorType.Float32), (info.Name, info.Producer, info.Opset, info.Input.Name, info.Input.Type));
        Assert.Equal([-1, 2, 3, 3], info.Input.Shape);
        Assert.StartsWith("onnxruntime", info.Runtime, StringComparison.Ordinal);
        Assert.Contains("hidden (Relu)", info.Tensors);
        Assert.StartsWith("sha256:", info.Hash, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.OK, (await PutAsync("tiny", TinyNetwork.Bytes())).StatusCode);
        var listed = await (await client.GetAsync("/v1/admin/encoders", Calls.Stop)).ReadAsync<Page<EncoderInfo>>();
        Assert.Equal(info.Hash, Assert.Single(listed.Items).Hash);
        var byHash = await (await client.GetAsync($"/v1/admin/encoders/{info.Hash}", Calls.Stop)).ReadAsync<EncoderInfo>();
        Assert.Equal("tiny", byHash.Name);
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync("/v1/admin/encoders/tiny", Calls.Stop)).StatusCode);
        await (await client.GetAsync("/v1/admin/encoders/tiny", Calls.Stop)).AsProblemAsync(HttpStatusCode.NotFound, ProblemTypes.NotFound);
        await (await client.DeleteAsync("/v1/admin/encoders/sha256:abc", Calls.Stop)).AsProblemAsync(HttpStatusCode.NotFound, ProblemTypes.NotFound);
    }

    [Fact]
    public async Task A_name_stands_for_one_file_and_a_file_has_one_name()
    {
        await PutAsync("tiny", TinyNetwork.Bytes());

        var otherFile = await (await PutAsync("tiny", TinyNetwork.Bytes(batch: 1))).AsProblemAsync(HttpStatusCode.Conflict, ProblemTypes.AlreadyExists);
        Assert.Contains("another file", otherFile.Detail, StringComparison.Ordinal);
        var otherName = await (await PutAsync("same", TinyNetwork.Bytes())).AsProblemAsync(HttpStatusCode.Conflict, ProblemTypes.AlreadyExists);
        Assert.Contains("'tiny'", otherName.Detail, StringComparison.Ordinal);

        ((FakeEncoders)_service.Store.Encoders).Used = "tiny";
        var used = await _service.Client().DeleteAsync("/v1/admin/encoders/tiny", Calls.Stop);
        await used.AsProblemAsync(HttpStatusCode.Conflict, ProblemTypes.Conflict);
    }

    [Fact]
    public async Task What_cannot_serve_is_refused_with_the_reason_and_not_stored()
    {
        var external = TinyNetwork.Model();
        external.Graph.Initializer[0].ExternalData.Add(new StringStringEntryProto { Key = "location", Value = "/etc/passwd" });
        var unknown = TinyNetwork.Model();
        unknown.Graph.Node[2].OpType = "NoSuchOperator";

        Assert.Contains("not ONNX", await (await PutAsync("a", "a picture of a cat"u8.ToArray())).AsInvalidAsync("body"), StringComparison.Ordinal);
        Assert.Contains("empty", await (await PutAsync("a", [])).AsInvalidAsync("body"), StringComparison.Ordinal);
        Assert.Contains("outside its own bytes", await (await PutAsync("a", external.ToByteArray())).AsInvalidAsync("body"), StringComparison.Ordinal);
        Assert.Contains("does not run", await (await PutAsync("a", unknown.ToByteArray())).AsInvalidAsync("body"), StringComparison.Ordinal);
        var large = await (await PutAsync("a", new byte[20_001])).AsProblemAsync(HttpStatusCode.RequestEntityTooLarge, ProblemTypes.TooLarge);
        Assert.Contains("EncoderBytes", large.Detail, StringComparison.Ordinal);
        await (await PutAsync("-a", TinyNetwork.Bytes())).AsInvalidAsync("encoder");
        var json = await _service.Client().SendJsonAsync(HttpMethod.Put, "/v1/admin/encoders/a", "{}");
        await json.AsProblemAsync(HttpStatusCode.UnsupportedMediaType, ProblemTypes.NotSupported);
        Assert.Empty((await (await _service.Client().GetAsync("/v1/admin/encoders", Calls.Stop)).ReadAsync<Page<EncoderInfo>>()).Items);
    }

    [Fact]
    public async Task An_export_is_a_file_of_bytes_with_its_position()
    {
        var answer = await _service.Client().GetAsync("/v1/admin/models/vector/onnx", Calls.Stop);

        Assert.Equal((HttpStatusCode.OK, "application/octet-stream", "\"1:7\""), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType, answer.Headers.ETag?.Tag));
        Assert.Equal("vector.onnx", answer.Content.Headers.ContentDisposition?.FileName);
        await (await _service.Client().GetAsync("/v1/admin/models/nobody/onnx", Calls.Stop)).AsProblemAsync(HttpStatusCode.NotFound, ProblemTypes.NotFound);
    }

    private Task<HttpResponseMessage> PutAsync(string name, byte[] bytes)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new("application/octet-stream");
        return _service.Client().PutAsync($"/v1/admin/encoders/{name}", content, Calls.Stop);
    }
}
