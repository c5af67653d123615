using System.Text.Json;
using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;
using LifelongApi.Api.Tests.Fakes;
using LifelongApi.Contracts;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace LifelongApi.Api.Tests.Http;

public sealed class ExampleTests
{
    [Fact]
    public void Every_example_has_the_form_of_its_contract()
    {
        using var service = new TestService();
        var operations = service.Services.GetRequiredService<EndpointDataSource>().Endpoints.SelectMany(endpoint => endpoint.Metadata.OfType<OperationDescription>()).ToList();
        var contents = operations.SelectMany(operation => operation.Bodies.Concat(operation.Answers.Select(answer => answer.Content).OfType<DescribedContent>())).Where(content => content.Type is not null).ToList();

        Assert.True(contents.Count > 30, $"{contents.Count} examples were found.");
        foreach (var content in contents)
        {
            var rows = content.MediaType == MediaTypes.Rows ? content.Example.Split('\n', StringSplitOptions.RemoveEmptyEntries)[..1] : [content.Example];
            foreach (var row in rows)
            {
                // The contracts refuse unknown properties and missing ones.
                Assert.NotNull(JsonSerializer.Deserialize(row, content.Type!, ContractJson.Options));
            }
        }
    }
}
