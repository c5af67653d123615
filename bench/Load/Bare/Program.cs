using System.Text.Json;
using LifelongApi.Api.Hosting;
using LifelongApi.Api.Requests;
using LifelongApi.Bare;
using LifelongApi.Contracts.Models;

// The least that a service with these bodies does: it reads a body and answers, and keeps nothing; it inserts one row for each request, or many in each commit; or it learns without a request for each event.
var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false", .. args]);
builder.Logging.ClearProviders();
var app = builder.Build();
var insert = builder.Configuration.GetConnectionString("Insert") is { } connection ? await RowInsert.OpenAsync(connection) : null;

app.MapPost("/ours/{size:int}", async (int size, HttpContext context) =>
{
    using var body = await RequestBody.ReadAsync(context, long.MaxValue);
    using var reader = Readers.Take();
    reader.Events.ReadRow(body.Span, Shape(size), NoNames.Instance, null);
    await AnswerAsync(context);
});
app.MapPost("/ours-raw/{size:int}", async (int size, HttpContext context) =>
{
    using var body = await RequestBody.ReadAsync(context, long.MaxValue);
    using var reader = Readers.Take();
    reader.Events.ReadRawFeatures(body.Span, Shape(size), NoNames.Instance);
    await AnswerAsync(context);
});
app.MapPost("/utf8/{size:int}", async (int size, HttpContext context) =>
{
    using var body = await RequestBody.ReadAsync(context, long.MaxValue);
    ReadPlainly(body.Span, size);
    await AnswerAsync(context);
});
app.MapPost("/insert", async context =>
{
    using var body = await RequestBody.ReadAsync(context, long.MaxValue);
    await insert!.AddAsync(body.Span.ToArray(), context.RequestAborted);
    await AnswerAsync(context);
});
app.MapPost("/insert/{rows:int}", async (int rows, double seconds, HttpContext context) =>
{
    using var body = await RequestBody.ReadAsync(context, long.MaxValue);
    return await insert!.RateAsync(body.Span.ToArray(), rows, seconds, context.RequestAborted);
});
app.MapPost("/in-process", async (double seconds, HttpContext context) =>
{
    using var body = await RequestBody.ReadAsync(context, long.MaxValue);
    return InProcess.Learn(body.Span, seconds);
});
app.MapGet("/livez", () => "ok");
await app.RunAsync();

static InputShape Shape(int size) => new(InputKind.Vector, size, size, TargetKind.Label, 0);

static void ReadPlainly(ReadOnlySpan<byte> json, int size)
{
    var numbers = new float[size];
    var count = 0;
    var reader = new Utf8JsonReader(json);
    while (reader.Read())
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            numbers[count++] = reader.GetSingle();
        }
    }

    if (count != size)
    {
        throw new JsonException($"{count} numbers.");
    }
}

static Task AnswerAsync(HttpContext context)
{
    context.Response.ContentType = "application/json";
    context.Response.ContentLength = Readers.Answer.Length;
    return context.Response.Body.WriteAsync(Readers.Answer).AsTask();
}
