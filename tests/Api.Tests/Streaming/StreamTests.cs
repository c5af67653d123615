using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using LifelongApi.Api.Tests.Fakes;
using LifelongApi.Contracts;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Problems;
using LifelongApi.Storage;

namespace LifelongApi.Api.Tests.Streaming;

public sealed class StreamTests
{
    private const string Path = "/v1/models/vector/stream";

    [Fact]
    public async Task On_http11_a_row_is_answered_before_the_next_is_sent()
    {
        using var service = TestService.OnKestrel();
        var address = service.Addresses()[0];
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, address.Port, Calls.Stop);
        var wire = socket.GetStream();
        using var reader = new StreamReader(wire, Encoding.ASCII);
        await SendAsync(wire, $"POST {Path} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\nContent-Type: application/x-ndjson\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 100", await reader.ReadLineAsync(Calls.Stop), StringComparison.Ordinal);
        for (var i = 1; i <= 3; i++)
        {
            var row = Row(i);
            await SendAsync(wire, $"{row.Length:x}\r\n{row}\r\n");
            Assert.Equal($"e{i}", (await NextAnswerAsync(reader)).EventId);
        }

        await SendAsync(wire, "0\r\n\r\n");
        Assert.Equal(3, service.Host.Models["vector"].Learned.Count);
    }

    [Fact]
    public async Task On_http2_a_row_is_answered_before_the_next_is_sent()
    {
        using var service = TestService.OnKestrel();
        using var client = new HttpClient();
        var pipe = new Pipe();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service.Addresses()[1], Path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new PipeContent(pipe.Reader),
        };

        // The headers come before the first row is sent.
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Calls.Stop);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var answers = new StreamReader(await response.Content.ReadAsStreamAsync(Calls.Stop));
        for (var i = 1; i <= 3; i++)
        {
            await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(Row(i)), Calls.Stop);
            Assert.Equal($"e{i}", Parse((await answers.ReadLineAsync(Calls.Stop))!).EventId);
        }

        await pipe.Writer.CompleteAsync();
        Assert.Null(await answers.ReadLineAsync(Calls.Stop));
    }

    [Fact]
    public async Task Raw_rows_are_learned_as_the_same_rows_of_json_and_half_a_row_is_refused()
    {
        using var service = new TestService();
        float[] features = [1, 2, 3, 4];
        byte[] rows = [.. new[] { 7, -1, 70_000 }.SelectMany(label => features.SelectMany(BitConverter.GetBytes).Concat(BitConverter.GetBytes(label))), 1, 2, 3];
        using var client = service.Client();
        using var response = await client.PostRawAsync(Path, rows);
        var answers = (await response.Content.ReadAsStringAsync(Calls.Stop)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse).ToList();

        Assert.Equal([LearnStatus.Learned, LearnStatus.Observed, LearnStatus.Learned, LearnStatus.Rejected], answers.Select(answer => answer.Status));
        Assert.Contains("3 bytes", answers[3].Error!.Errors!["row"][0], StringComparison.Ordinal);
        var raw = service.Host.Models["vector"].Learned.ToList();
        await StreamAsync(service, "{\"features\":[1,2,3,4],\"label\":\"7\"}\n{\"features\":[1,2,3,4]}\n{\"features\":[1,2,3,4],\"label\":\"70000\"}");
        var json = service.Host.Models["vector"].Learned.Skip(raw.Count).ToList();
        Assert.Equal(json.Select(input => Convert.ToHexString(input.Payload.Span)), raw.Select(input => Convert.ToHexString(input.Payload.Span)));
    }

    [Fact]
    public async Task Raw_rows_for_a_model_of_names_are_refused()
    {
        using var service = new TestService();
        using var client = service.Client();
        using var response = await client.PostRawAsync("/v1/models/named/stream", [1, 2, 3, 4]);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
    }

    [Fact]
    public async Task A_bad_row_gets_its_own_error_and_the_rest_goes_on_in_order()
    {
        using var service = new TestService();
        var answers = await StreamAsync(service, Row(1) + "\n  \r\n" + "{\"eventId\":\"bad\",\"features\":[1,2,3,1e39]}\n" + "{oops\n" + Row(4) + Row(5).TrimEnd('\n'));

        Assert.Equal([LearnStatus.Learned, LearnStatus.Rejected, LearnStatus.Rejected, LearnStatus.Learned, LearnStatus.Learned], answers.Select(answer => answer.Status));
        Assert.Equal(["e1", "bad", null, "e4", "e5"], answers.Select(answer => answer.EventId));
        Assert.Equal("features[3]", Assert.Single(answers[1].Error!.Errors!).Key);
        Assert.Equal(ProblemTypes.InvalidRequest, answers[2].Error!.Type);
        Assert.Equal(3L, ((JsonElement)answers[2].Error!.Extensions!["row"]!).GetInt64());
    }

    [Fact]
    public async Task Ten_thousand_rows_are_answered_in_order()
    {
        using var service = TestService.OnKestrel(new() { ["Lifelong:MaxRowsInFlight"] = "16" });
        var text = new StringBuilder();
        for (var i = 0; i < 10_000; i++)
        {
            text.Append(Row(i));
        }

        var answers = await StreamOverHttp2Async(service, text.ToString());

        Assert.Equal(Enumerable.Range(0, 10_000).Select(i => $"e{i}"), answers.Select(answer => answer.EventId));
    }

    [Fact]
    public async Task A_row_that_is_too_large_is_passed_over_and_the_rest_goes_on()
    {
        using var service = TestService.OnKestrel();
        var large = "{\"label\":\"" + new string('x', 5 * 1024 * 1024) + "\"}\n";
        var fits = "{\"eventId\":\"padded\"," + new string(' ', 3 * 1024 * 1024) + "\"features\":[1,2,3,4]}\n";

        var answers = await StreamOverHttp2Async(service, Row(1) + large + fits + Row(3));

        Assert.Equal(["e1", null, "padded", "e3"], answers.Select(answer => answer.EventId));
        Assert.Equal(ProblemTypes.TooLarge, answers[1].Error?.Type);
    }

    [Fact]
    public async Task Rows_of_an_outage_are_answered_with_it_and_the_rest_goes_on()
    {
        using var service = new TestService();
        service.Host.Models["vector"].Fails = input => input.EventId switch
        {
            "e2" => new StoreUnavailableException("away"),
            "e3" => new FencedException("epoch"),
            "e4" => new InvalidOperationException("inside"),
            "e5" => new OperationCanceledException("stopping"),
            _ => null,
        };

        var answers = await StreamAsync(service, Row(1) + Row(2) + Row(3) + Row(4) + Row(5) + Row(6));

        Assert.Equal([null, ProblemTypes.Unavailable, ProblemTypes.Fenced, ProblemTypes.Internal, ProblemTypes.Unavailable, null], answers.Select(answer => answer.Error?.Type));
        Assert.Equal(["e1", "e2", "e3", "e4", "e5", "e6"], answers.Select(answer => answer.EventId));
    }

    [Fact]
    public async Task A_follower_is_not_taught()
    {
        using var service = new TestService();

        await (await service.Client().PostRawAsync("/v1/models/follower/stream", [], "application/x-ndjson")).AsProblemAsync(HttpStatusCode.Conflict, ProblemTypes.Conflict);
    }

    private static string Row(int i) => $$"""{"eventId":"e{{i}}","features":[{{i}},2,3,4],"label":"a"}""" + "\n";

    private static LearnResult Parse(string line) => JsonSerializer.Deserialize<LearnResult>(line, ContractJson.Options)!;

    private static async Task SendAsync(NetworkStream wire, string text) => await wire.WriteAsync(Encoding.ASCII.GetBytes(text), Calls.Stop);

    private static async Task<LearnResult> NextAnswerAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync(Calls.Stop) is { } line)
        {
            if (line.StartsWith('{'))
            {
                return Parse(line);
            }
        }

        throw new InvalidOperationException("The connection ended.");
    }

    private static async Task<List<LearnResult>> StreamAsync(TestService service, string rows)
    {
        var response = await service.Client().PostRawAsync(Path, Encoding.UTF8.GetBytes(rows), "application/x-ndjson");
        return Answers(await response.Content.ReadAsStringAsync(Calls.Stop));
    }

    private static async Task<List<LearnResult>> StreamOverHttp2Async(TestService service, string rows)
    {
        using var client = new HttpClient();
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(rows));
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(service.Addresses()[1], Path))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };
        using var response = await client.SendAsync(request, Calls.Stop);
        return Answers(await response.Content.ReadAsStringAsync(Calls.Stop));
    }

    private static List<LearnResult> Answers(string text) => [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];

    private sealed class PipeContent(PipeReader reader) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            // The request's headers may wait for its body: send them now, the body comes after the answer has begun.
            await stream.FlushAsync(Calls.Stop);
            while (true)
            {
                var read = await reader.ReadAsync(Calls.Stop);
                foreach (var part in read.Buffer)
                {
                    await stream.WriteAsync(part, Calls.Stop);
                }

                await stream.FlushAsync(Calls.Stop);
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted)
                {
                    return;
                }
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
