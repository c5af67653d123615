using System.Text.Json;
using LifelongApi.Contracts;

namespace LifelongApi.Cli.Output;

/// <summary>Prints a value as one line of the wire's JSON.</summary>
internal static class JsonOutput
{
    internal static Task WriteAsync<T>(T value) => Console.Out.WriteLineAsync(JsonSerializer.Serialize(value, ContractJson.Options));
}
